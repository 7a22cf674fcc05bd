use super::angle::cos_sin;
use super::parts::{Background, Clothes};
use super::random::{Dice, Purpose};

/// How the head stands to the camera.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose {
    /// Turn to the right of the image, radians.
    pub yaw: f32,
    /// Upward tilt, radians.
    pub pitch: f32,
    /// Clockwise tilt in the image plane, radians.
    pub roll: f32,
    /// Displacement to the right and down, in half heights of a head.
    pub shift: [f32; 2],
    /// Size relative to the usual framing.
    pub scale: f32,
}

impl Default for Pose {
    /// Frontal, centered.
    fn default() -> Self {
        Self {
            yaw: 0.0,
            pitch: 0.0,
            roll: 0.0,
            shift: [0.0; 2],
            scale: 1.0,
        }
    }
}

/// A soft shadow that falls over one side of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shadow {
    /// Unit vector in the image plane that points into the shadow.
    pub towards: [f32; 2],
    /// Distance of the shadow's edge from the center of the head along `towards`, head units.
    pub offset: f32,
    /// Width of the transition, head units.
    pub softness: f32,
    /// Share of the light that is lost, 0..=1.
    pub strength: f32,
}

/// The light of a photograph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Light {
    /// Unit vector towards the light: x right, y down, z towards the camera.
    pub direction: [f32; 3],
    /// Share of the light that has no direction, 0..=1.
    pub ambient: f32,
    /// Color of the light, one factor per channel.
    pub tint: [f32; 3],
    /// Overall brightness; 1 is neutral.
    pub exposure: f32,
    /// Strength of the gloss on the skin.
    pub gloss: f32,
    /// A shadow over a part of the picture.
    pub shadow: Option<Shadow>,
}

/// What the face does.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Expression {
    /// Corners of the mouth drawn down (−1) to up and apart (1).
    pub smile: f32,
    /// Mouth closed (0) to wide open (1).
    pub open: f32,
    /// Brows lowered (−1) to raised (1).
    pub brows: f32,
    /// Lids: open (0) to shut (1).
    pub lids: f32,
    /// Where the eyes look, right and down, −1..=1.
    pub gaze: [f32; 2],
}

/// What hides a part of the face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Occlusion {
    /// Nothing.
    #[default]
    None,
    /// Dark glasses.
    Sunglasses,
    /// A scarf over chin and mouth.
    Scarf,
    /// A surgical mask over nose and mouth.
    Mask,
    /// A hand at the cheek.
    Hand,
    /// A hat down to the brows.
    Hat,
}

/// What the camera and its file do to the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    /// Standard deviation of the blur, in hundredths of a head's half height.
    pub blur: f32,
    /// Standard deviation of the sensor noise, 1 being the range of a channel.
    pub noise: f32,
    /// Contrast around mid-gray; 1 is neutral.
    pub contrast: f32,
    /// Saturation; 1 is neutral, 0 is gray.
    pub saturation: f32,
    /// JPEG quality 1..=100; `None` leaves the picture uncompressed.
    pub jpeg_quality: Option<u8>,
}

impl Default for Camera {
    /// Leaves the picture as it is.
    fn default() -> Self {
        Self {
            blur: 0.0,
            noise: 0.0,
            contrast: 1.0,
            saturation: 1.0,
            jpeg_quality: None,
        }
    }
}

/// The conditions of one photograph: all that is not the person.
#[derive(Debug, Clone, PartialEq)]
pub struct Photograph {
    /// How the head stands.
    pub pose: Pose,
    /// Where light comes from.
    pub light: Light,
    /// What the face does.
    pub expression: Expression,
    /// What hides a part of it.
    pub occlusion: Occlusion,
    /// Blur, noise, compression.
    pub camera: Camera,
    /// Whether people who wear glasses wear them here.
    pub glasses: bool,
    pub(super) background: Background,
    pub(super) clothes: Clothes,
    /// Color of what occludes: a hue in turns and a brightness.
    pub(super) cloth: [f32; 2],
    /// Which side a hand comes from, the style of a hat.
    pub(super) side: f32,
    /// Key of the sensor noise.
    pub(super) noise_key: [u64; 3],
}

impl Photograph {
    /// Draws the conditions of photograph `photograph` of identity `identity`.
    ///
    /// The two numbers only name a random stream; the conditions are independent of who is shown.
    /// Yaw has a standard deviation of 16°, pitch 8° and roll 5°; one photograph in six is occluded.
    pub fn sample(seed: u64, identity: u64, photograph: u64) -> Self {
        let dice = &mut Dice::new(seed, Purpose::Photograph, identity, photograph);
        let occlusion = dice.weighted(
            Occlusion::None,
            &[
                (0.035, Occlusion::Sunglasses),
                (0.025, Occlusion::Scarf),
                (0.025, Occlusion::Mask),
                (0.03, Occlusion::Hand),
                (0.05, Occlusion::Hat),
            ],
        );
        Self {
            pose: pose(dice),
            light: light(dice),
            expression: expression(dice),
            occlusion,
            camera: camera(dice),
            glasses: dice.chance(0.85),
            background: Background::sample(dice),
            clothes: Clothes::sample(dice),
            cloth: [dice.between(0.0, 1.0), dice.between(0.15, 0.9)],
            side: if dice.chance(0.5) { 1.0 } else { -1.0 },
            noise_key: [seed, identity, photograph],
        }
    }

    /// A frontal, evenly lit, neutral photograph before a plain wall, sharp and uncompressed.
    ///
    /// For looking at an [`Identity`](super::Identity), not for training.
    pub fn studio() -> Self {
        Self {
            pose: Pose::default(),
            light: Light {
                direction: [-0.36, -0.48, 0.8],
                ambient: 0.6,
                tint: [1.0; 3],
                exposure: 1.0,
                gloss: 0.08,
                shadow: None,
            },
            expression: Expression {
                smile: 0.15,
                ..Expression::default()
            },
            occlusion: Occlusion::None,
            camera: Camera::default(),
            glasses: true,
            background: Background::plain(),
            clothes: Clothes::plain(),
            cloth: [0.6, 0.5],
            side: 1.0,
            noise_key: [0; 3],
        }
    }
}

fn pose(dice: &mut Dice) -> Pose {
    Pose {
        yaw: (0.28 * dice.normal()).clamp(-0.62, 0.62),
        pitch: (0.14 * dice.normal()).clamp(-0.32, 0.32),
        roll: (0.09 * dice.normal()).clamp(-0.24, 0.24),
        shift: [0.06 * dice.normal(), 0.06 * dice.normal()],
        scale: 1.0 + (0.07 * dice.normal()).clamp(-0.15, 0.2),
    }
}

fn light(dice: &mut Dice) -> Light {
    let [across, out] = cos_sin(dice.between(-1.25, 1.25));
    // More often from above than from below.
    let [flat, up] = cos_sin(dice.between(-0.5, 1.1));
    // Blue sky to candle light.
    let warmth = 0.11 * dice.normal();
    let green = 0.02 * dice.normal();
    let angle = dice.between(-3.1, 3.1);
    let shadow = Shadow {
        towards: cos_sin(angle),
        offset: dice.between(-0.2, 0.6),
        softness: dice.between(0.1, 0.7),
        strength: dice.between(0.25, 0.6),
    };
    Light {
        direction: [out * flat, -up, across * flat],
        ambient: dice.between(0.28, 0.75),
        tint: [1.0 + warmth, 1.0 + green, 1.0 - 1.2 * warmth],
        exposure: 1.0 + (0.2 * dice.normal()).clamp(-0.35, 0.45),
        gloss: dice.between(0.0, 0.25),
        shadow: dice.chance(0.3).then_some(shadow),
    }
}

fn expression(dice: &mut Dice) -> Expression {
    let smile = match dice.between(0.0, 1.0) {
        mood if mood < 0.45 => dice.between(0.4, 1.0),
        mood if mood < 0.85 => dice.between(-0.15, 0.3),
        _ => dice.between(-0.9, -0.2),
    };
    let open = if dice.chance(0.35) {
        dice.between(0.1, 0.8)
    } else {
        0.0
    };
    let shut = if dice.chance(0.06) {
        1.0
    } else {
        0.25 * dice.normal()
    };
    Expression {
        smile,
        open,
        brows: (0.4 * dice.normal()).clamp(-1.0, 1.0),
        lids: (shut + 0.15 * smile.max(0.0)).clamp(-0.25, 1.0),
        gaze: [
            (0.4 * dice.normal()).clamp(-1.0, 1.0),
            (0.25 * dice.normal()).clamp(-0.7, 0.7),
        ],
    }
}

fn camera(dice: &mut Dice) -> Camera {
    Camera {
        blur: if dice.chance(0.4) {
            dice.between(0.5, 3.0)
        } else {
            0.0
        },
        noise: dice.between(0.0, 0.035),
        contrast: 1.0 + (0.13 * dice.normal()).clamp(-0.35, 0.35),
        // A few are black and white.
        saturation: if dice.chance(0.06) {
            0.0
        } else {
            dice.between(0.7, 1.2)
        },
        jpeg_quality: Some(dice.between(35.0, 96.0) as u8),
    }
}
