use super::colour::Colour;
use super::random::{Dice, Purpose};

/// Where the head is and where it looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose {
    /// Turn to the right of the image, in radians.
    pub yaw: f32,
    /// Lift of the chin, in radians.
    pub pitch: f32,
    /// Tilt clockwise, in radians.
    pub roll: f32,
    /// Offset from the middle of the image to the right and down, in half heights of a head.
    pub shift: [f32; 2],
    /// Size of the head, 1 where its crown and chin nearly fill the image.
    pub scale: f32,
}

impl Default for Pose {
    /// Frontal and centred.
    fn default() -> Self {
        Self { yaw: 0.0, pitch: 0.0, roll: 0.0, shift: [0.0; 2], scale: 1.0 }
    }
}

/// One far light and what the surroundings return.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Light {
    /// Direction the light comes from: 0 behind the camera, positive from the right, in radians.
    pub azimuth: f32,
    /// Height the light comes from, in radians.
    pub elevation: f32,
    /// Strength of the direct light, on a linear scale.
    pub direct: f32,
    /// Strength of the light from everywhere, on a linear scale.
    pub ambient: f32,
    /// Colour, from −1 (blue, open shade) to 1 (yellow, a lamp).
    pub warmth: f32,
}

impl Default for Light {
    /// Soft neutral light from above the camera.
    fn default() -> Self {
        Self { azimuth: 0.0, elevation: 0.5, direct: 0.6, ambient: 0.5, warmth: 0.0 }
    }
}

/// What the face does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expression {
    /// From −1 (corners of the mouth down) to 1 (up).
    pub smile: f32,
    /// How far the mouth is open, 0 to 1.
    pub mouth_open: f32,
    /// From −1 (a frown) to 1 (raised brows).
    pub brow_raise: f32,
    /// How far the eyes are open, 0 to 1.2.
    pub eyes_open: f32,
    /// Where the eyes look: right and down, each from −1 to 1.
    pub gaze: [f32; 2],
}

impl Default for Expression {
    /// At rest.
    fn default() -> Self {
        Self { smile: 0.0, mouth_open: 0.0, brow_raise: 0.0, eyes_open: 1.0, gaze: [0.0; 2] }
    }
}

/// What hides a part of the face.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Occlusion {
    /// Dark glasses.
    Sunglasses,
    /// A cap down to the brows.
    Cap,
    /// A scarf up to the mouth.
    Scarf,
    /// Something between the face and the camera, at this place, in half heights of a head.
    Object {
        /// To the right and down from the middle of the face.
        at: [f32; 2],
    },
}

/// The conditions of one photograph: all that says nothing about the identity.
#[derive(Debug, Clone, PartialEq)]
pub struct Photograph {
    /// Where the head is and where it looks.
    pub pose: Pose,
    /// How the face is lit.
    pub light: Light,
    /// What the face does.
    pub expression: Expression,
    /// What hides a part of it.
    pub occlusion: Option<Occlusion>,
    /// Whether a person who wears glasses has taken them off.
    pub glasses_off: bool,
    /// Standard deviation of the blur, in thousandths of the image height.
    pub blur: f32,
    /// Standard deviation of the sensor's noise, in grey levels of 255.
    pub noise: f32,
    /// Brightness of the exposure, 1 where it is right.
    pub exposure: f32,
    /// Quality of the JPEG compression, 1 to 100.
    pub jpeg_quality: u8,
    /// Seed of the noise.
    pub(super) grain: u64,
    /// Colours of the background from top to bottom.
    pub(super) background: [Colour; 2],
    /// Blurred things in the background: place in shares of the image, radius in its heights.
    pub(super) bokeh: Vec<([f32; 2], f32, Colour)>,
    pub(super) clothes: Colour,
    pub(super) collar: Collar,
    /// Colour of whatever occludes.
    pub(super) prop: Colour,
}

/// The cut of the clothes at the neck.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Collar {
    Round,
    Open,
    Shirt,
    High,
}

impl Photograph {
    /// A passport photograph: frontal, evenly lit, at rest, sharp, in front of a grey wall.
    pub fn neutral() -> Self {
        Self {
            pose: Pose::default(),
            light: Light::default(),
            expression: Expression::default(),
            occlusion: None,
            glasses_off: false,
            blur: 0.0,
            noise: 0.0,
            exposure: 1.0,
            jpeg_quality: 95,
            grain: 0,
            background: [Colour([0.72; 3]), Colour([0.66; 3])],
            bokeh: Vec::new(),
            clothes: Colour::rgb(70, 84, 104),
            collar: Collar::Round,
            prop: Colour::rgb(60, 60, 66),
        }
    }

    /// The conditions of photograph `photograph` of identity `identity`.
    ///
    /// The identity's number only selects the random stream: the distribution is the same for all.
    pub fn sample(seed: u64, identity: u64, photograph: u64) -> Self {
        let mut dice = Dice::new(seed, Purpose::Photograph, identity, photograph);
        let dice = &mut dice;
        let yaw = (0.24 * dice.normal()).clamp(-0.55, 0.55);
        let pose = Pose {
            yaw,
            pitch: (0.12 * dice.normal()).clamp(-0.3, 0.3),
            roll: 0.09 * dice.normal(),
            shift: [0.08 * dice.normal() - 0.2 * yaw, 0.07 * dice.normal()],
            scale: dice.between(0.86, 1.14),
        };
        let hard = dice.between(0.0, 1.0);
        let light = Light {
            azimuth: dice.between(-1.3, 1.3),
            elevation: dice.between(-0.15, 1.0),
            direct: 0.3 + 0.75 * hard,
            ambient: 0.62 - 0.4 * hard,
            warmth: (0.4 * dice.normal()).clamp(-1.0, 1.0),
        };
        let smiling = dice.chance(0.5);
        let talking = dice.chance(0.3);
        let blinking = dice.chance(0.04);
        let expression = Expression {
            smile: if smiling { dice.between(0.3, 1.0) } else { dice.between(-0.35, 0.2) },
            mouth_open: if talking { dice.between(0.2, 0.9) } else { 0.0 },
            brow_raise: (0.35 * dice.normal()).clamp(-1.0, 1.0),
            eyes_open: if blinking { 0.12 } else { dice.between(0.75, 1.12) },
            gaze: [0.4 * dice.normal(), 0.2 * dice.normal()].map(|g| g.clamp(-1.0, 1.0)),
        };
        let side = if dice.chance(0.5) { 1.0 } else { -1.0 };
        let object = Occlusion::Object { at: [side * dice.between(0.4, 0.75), dice.between(-0.5, 0.9)] };
        let occlusion = dice.weighted(
            None,
            &[
                (0.03, Some(Occlusion::Sunglasses)),
                (0.04, Some(Occlusion::Cap)),
                (0.03, Some(Occlusion::Scarf)),
                (0.05, Some(object)),
            ],
        );
        let background = scenery(dice);
        Self {
            pose,
            light,
            expression,
            occlusion,
            glasses_off: dice.chance(0.1),
            blur: if dice.chance(0.5) { dice.between(0.0, 12.0) } else { 0.0 },
            noise: dice.between(0.5, 6.0),
            exposure: (0.25 * dice.normal()).clamp(-0.6, 0.5).exp2(),
            jpeg_quality: dice.between(45.0, 96.0) as u8,
            grain: u64::from(dice.bits()),
            background,
            bokeh: (0..dice.between(0.0, 7.0) as usize)
                .map(|_| {
                    let at = [dice.between(0.0, 1.0), dice.between(0.0, 1.0)];
                    let base = Colour::mix(background[0], background[1], at[1]);
                    let tint = Colour::hsv(dice.between(0.0, 1.0), 0.5, dice.between(0.1, 1.0));
                    (at, dice.between(0.1, 0.45), base.mix(tint, dice.between(0.2, 0.8)))
                })
                .collect(),
            clothes: fabric(dice),
            collar: dice.weighted(
                Collar::Round,
                &[(0.2, Collar::Open), (0.3, Collar::Shirt), (0.15, Collar::High)],
            ),
            prop: fabric(dice),
        }
    }
}

fn scenery(dice: &mut Dice) -> [Colour; 2] {
    let hue = dice.between(0.0, 1.0);
    let saturation = dice.between(0.0, 0.5);
    let value = dice.between(0.1, 1.0);
    let top = Colour::hsv(hue, saturation, value);
    let bottom = Colour::hsv(
        hue + dice.between(-0.1, 0.1),
        saturation * dice.between(0.5, 1.2),
        (value * dice.between(0.5, 1.5)).min(1.0),
    );
    [top, bottom]
}

fn fabric(dice: &mut Dice) -> Colour {
    Colour::hsv(dice.between(0.0, 1.0), dice.between(0.0, 0.8).powi(2), dice.between(0.08, 0.95))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_numbers_give_the_same_conditions() {
        assert_eq!(Photograph::sample(1, 2, 3), Photograph::sample(1, 2, 3));
        assert_ne!(Photograph::sample(1, 2, 3), Photograph::sample(1, 2, 4));
        assert_ne!(Photograph::sample(1, 2, 3), Photograph::sample(1, 3, 3));
        assert_ne!(Photograph::sample(1, 2, 3), Photograph::sample(2, 2, 3));
    }

    /// Were a condition tied to the identity, its mean over an identity's photographs would vary
    /// more between identities than chance lets it: the ratio of variances would leave 1.
    #[test]
    fn conditions_do_not_tell_the_identity() {
        let conditions: [(&str, fn(&Photograph) -> f32); 9] = [
            ("yaw", |p| p.pose.yaw),
            ("scale", |p| p.pose.scale),
            ("azimuth", |p| p.light.azimuth),
            ("warmth", |p| p.light.warmth),
            ("exposure", |p| p.exposure),
            ("smile", |p| p.expression.smile),
            ("background", |p| p.background[0].0[0]),
            ("clothes", |p| p.clothes.0[1]),
            ("occlusion", |p| f32::from(p.occlusion.is_some())),
        ];
        let (identities, photographs) = (200, 50);
        for (name, condition) in conditions {
            let mut within = 0.0_f64;
            let mut means = Vec::new();
            for identity in 0..identities {
                let values: Vec<f64> = (0..photographs)
                    .map(|k| f64::from(condition(&Photograph::sample(11, identity, k))))
                    .collect();
                let (mean, variance) = moments(&values);
                means.push(mean);
                within += variance / f64::from(identities as u32);
            }
            let ratio = moments(&means).1 * f64::from(photographs as u32) / within;
            // Under independence F(199, 9800) has deviation about 0.1.
            assert!((0.6..1.45).contains(&ratio), "{name}: F = {ratio}");
        }
    }

    fn moments(values: &[f64]) -> (f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        (mean, values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0))
    }
}
