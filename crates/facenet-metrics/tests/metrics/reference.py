"""The constants of golden.rs: what scikit-learn and scipy say of the same pairs.

    python reference.py > reference.json

The versions it ran with stand in the file. Distances are whole numbers over 1024, so that neither
side rounds them.
"""

import json
import platform
import sys
import warnings

import numpy as np
import scipy
import sklearn
from scipy import interpolate, optimize, stats
from scipy.spatial.distance import cdist
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

UNIT = 1024


def pairs(genuine, impostor):
    """Distances and whether each pair is of one person, shuffled."""
    distances = np.concatenate([genuine, impostor])
    same = np.arange(len(distances)) < len(genuine)
    order = np.random.default_rng(5).permutation(len(distances))
    return distances[order] / UNIT, same[order]


def whole(distances):
    return [int(round(d * UNIT)) for d in distances]


def rates(genuine, impostor):
    distances, same = pairs(genuine, impostor)
    # Scores rise with likeness. Every point is kept, also those inside a straight line.
    fpr, tpr, thresholds = metrics.roc_curve(same, -distances, drop_intermediate=False)
    fmr, fnmr, det_thresholds = metrics.det_curve(same, -distances)
    eer = optimize.brentq(lambda x: 1.0 - x - interpolate.interp1d(fpr, tpr)(x), 0.0, 1.0, xtol=1e-14)
    return {
        "distances": whole(distances),
        "same": same.tolist(),
        "auc": metrics.roc_auc_score(same, -distances),
        "eer": eer,
        "far": fpr[1:].tolist(),
        "val": tpr[1:].tolist(),
        "thresholds": whole(-thresholds[1:]),
        "det": sorted(
            [a, b, int(round(-t * UNIT))]
            for a, b, t in zip(fmr.tolist(), fnmr.tolist(), det_thresholds.tolist())
            if np.isfinite(t)
        ),
    }


def components(distances, same):
    """The structural components of DeLong, by their definition."""
    genuine, impostor = distances[same], distances[~same]
    right = (genuine[:, None] < impostor) + 0.5 * (genuine[:, None] == impostor)
    return right.mean(axis=1), right.mean(axis=0)


def variance(of_genuine, of_impostor):
    return np.var(of_genuine, ddof=1) / len(of_genuine) + np.var(of_impostor, ddof=1) / len(of_impostor)


def delong(distances, same, other):
    first, second = components(distances, same), components(other, same)
    auc, var = first[0].mean(), variance(*first)
    z95 = stats.norm.ppf(0.975)
    difference = auc - second[0].mean()
    var_difference = variance(first[0] - second[0], first[1] - second[1])
    z = difference / np.sqrt(var_difference)
    logit = stats.norm.interval(0.95, np.log(auc / (1 - auc)), np.sqrt(var) / (auc * (1 - auc)))
    return {
        "distances": whole(distances),
        "other": whole(other),
        "same": same.tolist(),
        "auc": auc,
        "variance": var,
        "interval": [auc - z95 * np.sqrt(var), min(1.0, auc + z95 * np.sqrt(var))],
        "logit_interval": (1 / (1 + np.exp(-np.array(logit)))).tolist(),
        "other_auc": second[0].mean(),
        "difference_variance": var_difference,
        "z": z,
        "p": 2 * stats.norm.sf(abs(z)),
    }


def bootstrap(distances, same):
    def auc(genuine, impostor):
        return stats.mannwhitneyu(impostor, genuine).statistic / (len(genuine) * len(impostor))

    result = stats.bootstrap(
        (distances[same], distances[~same]),
        auc,
        n_resamples=20000,
        method="percentile",
        vectorized=False,
        rng=np.random.default_rng(1),
    )
    return {
        "standard_error": result.standard_error,
        "interval": [result.confidence_interval.low, result.confidence_interval.high],
    }


def wilson():
    def interval(successes, trials, confidence):
        ci = stats.binomtest(successes, trials).proportion_ci(confidence, method="wilson")
        return [successes, trials, confidence, ci.low, ci.high]

    return [
        interval(*case)
        for case in [(0, 1, 0.95), (1, 1, 0.95), (0, 3000, 0.95), (3000, 3000, 0.9), (2988, 3000, 0.95)]
        + [(1, 3000, 0.99), (5, 10, 0.5), (37, 100, 0.95)]
    ]


def calibration(distances, same, queries):
    genuine, impostor = same.sum(), (~same).sum()
    target = np.where(same, (genuine + 1) / (genuine + 2), 1 / (impostor + 2))
    weight = np.where(same, 0.5 / genuine, 0.5 / impostor)
    # A target between 0 and 1 is the same pair in both classes, in shares. Newton's method stops by
    # its gradient, so the weights are raised to where rounding ends it.
    twice = np.concatenate([distances, distances])[:, None]
    label = np.repeat([1, 0], len(distances))
    shares = np.concatenate([weight * target, weight * (1 - target)])
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-13, max_iter=1000)
    model.fit(twice, label, sample_weight=shares * 1000)
    stepped = IsotonicRegression(increasing=False, out_of_bounds="clip")
    stepped.fit(distances, same.astype(float), sample_weight=weight)
    column = np.array(queries)[:, None] / UNIT
    return {
        "distances": whole(distances),
        "same": same.tolist(),
        "queries": queries,
        "intercept": model.intercept_[0],
        "slope": model.coef_[0, 0],
        "logistic": model.predict_proba(column)[:, 1].tolist(),
        "isotonic": stepped.predict(column[:, 0]).tolist(),
    }


def measured(distances, same, threshold):
    accepted = distances < threshold
    return accepted[same].mean(), accepted[~same].mean()


def lfw(distances_of_fold, same, folds, span, fars, spline):
    """LFW's protocol as davidsandberg/facenet computes it, over a grid that ends at `span`.

    `distances_of_fold` gives all distances from the indices of the training folds. With `spline` the
    thresholds are interpolated by what davidsandberg/facenet asks for, which scipy refuses where a FAR
    occurs twice.
    """
    grid = np.arange(400) * (span / 400)
    far_grid = np.arange(4000) * (span / 4000)
    out = {"accuracy": [], "accuracy_thresholds": [], "val": [], "far": [], "val_thresholds": []}
    curves = []
    for train, test in KFold(n_splits=folds, shuffle=False).split(np.arange(len(same))):
        distances = distances_of_fold(train)
        right = lambda threshold, at: ((distances[at] < threshold) == same[at]).mean()
        best = grid[np.argmax([right(t, train) for t in grid])]
        out["accuracy_thresholds"].append(best)
        out["accuracy"].append(right(best, test))
        curves.append([measured(distances[test], same[test], t) for t in grid])
        far_train = np.array([measured(distances[train], same[train], t)[1] for t in far_grid])
        thresholds = []
        for far in fars:
            assert far_train.max() >= far and far not in far_train
            threshold = float(interpolate.interp1d(far_train, far_grid, kind="linear")(far))
            if spline:
                splined = float(interpolate.interp1d(far_train, far_grid, kind="slinear")(far))
                assert abs(splined - threshold) < 1e-12, (splined, threshold)
            thresholds.append(threshold)
        both = [measured(distances[test], same[test], t) for t in thresholds]
        out["val_thresholds"].append(thresholds)
        out["val"].append([v for v, _ in both])
        out["far"].append([f for _, f in both])
    # The grid may end before the largest distance; a straight line closes the curve.
    val, far = np.append(np.mean(curves, axis=0), [[1.0, 1.0]], axis=0).T
    out["auc"] = metrics.auc(far, val)
    out["eer"] = optimize.brentq(lambda x: 1.0 - x - interpolate.interp1d(far, val)(x), 0.0, 1.0, xtol=1e-14)
    out["accuracy_mean"], out["accuracy_std"] = np.mean(out["accuracy"]), np.std(out["accuracy"])
    out["accuracy_sem"] = stats.sem(out["accuracy"], ddof=0)
    out["val_mean"], out["val_std"] = np.mean(out["val"], axis=0).tolist(), np.std(out["val"], axis=0).tolist()
    out["far_mean"] = np.mean(out["far"], axis=0).tolist()
    return {"folds": folds, "range": span, "fars": fars, **out}


def dense():
    """Pairs by a rule that golden.rs repeats: every step of the grid of FARs holds an impostor pair of
    any three of the four folds, so that `slinear` takes them."""
    distances, same = [], []
    for fold in range(4):
        genuine = [(j * 37 + fold * 11) % 1500 for j in range(200)]
        impostor = [k for k in range(4096) if (k + fold) % 2 == 0]
        impostor += [(j * j + 5 * fold) % 3000 for j in range(300)]
        distances += genuine + impostor
        same += [True] * len(genuine) + [False] * len(impostor)
    return np.array(distances) / UNIT, np.array(same)


def angles(left, right):
    cosine = (left * right).sum(axis=1) / np.linalg.norm(left, axis=1) / np.linalg.norm(right, axis=1)
    return np.arccos(cosine) / np.pi


def squares(left, right):
    return ((left - right) ** 2).sum(axis=1)


def embedded():
    rng = np.random.default_rng(11)
    count, dimensions = 120, 8
    left = rng.integers(-20, 28, (count, dimensions))
    right = rng.integers(-20, 28, (count, dimensions))
    same = np.arange(count) % 2 == 0
    right[same] = np.clip(left[same] + rng.integers(-14, 15, (count // 2, dimensions)), -32, 32)
    a, b = left / 64, right / 64
    fars = [0.05, 0.21]

    def centred(train):
        mean = np.concatenate([a[train], b[train]]).mean(axis=0)
        return angles(a - mean, b - mean)

    def result(distances, span):
        return lfw(distances, same, 7, span, fars, spline=False)

    return {
        "left": left.tolist(),
        "right": right.tolist(),
        "same": same.tolist(),
        "angle": result(lambda _: angles(a, b), 1.0),
        "angle_centered": result(centred, 1.0),
        # Eight dimensions, each at most 1 apart: distances up to 8, as of concatenated flips.
        "squared": result(lambda _: squares(a, b), 8.0),
    }


def video():
    rng = np.random.default_rng(3)
    first, second = rng.integers(-8, 9, (7, 4)), rng.integers(-8, 9, (5, 4))
    cosine = cdist(first[:6], second[:6], "cosine")
    return {
        "first": first.tolist(),
        "second": second.tolist(),
        "frames": 6,
        "squared": cdist(first[:6], second[:6], "sqeuclidean").mean(),
        "angle": (np.arccos(np.clip(1 - cosine, -1, 1)) / np.pi).mean(),
    }


def main():
    rng = np.random.default_rng(2)
    normal = lambda mean, deviation, count: np.clip(
        np.round(rng.normal(mean, deviation, count)), 0, 4000
    ).astype(int)
    genuine, impostor = normal(700, 250, 60), normal(1400, 300, 90)
    distances, same = pairs(genuine, impostor)
    other = np.clip(distances * UNIT + normal(500, 350, len(distances)) - 500, 0, 4000) / UNIT
    other = np.round(other * UNIT) / UNIT
    spread, spread_same = dense()
    result = {
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "scikit-learn": sklearn.__version__,
        },
        "unit": UNIT,
        "rates": {
            "overlapping": rates(genuine, impostor),
            "tied": rates(genuine // 200 * 200, impostor // 200 * 200),
            "perfect": rates(np.array([3, 4, 5, 5]), np.array([8, 9, 9, 12])),
            "inverted": rates(np.array([8, 9, 9, 12]), np.array([3, 4, 5, 5])),
            "one genuine pair": rates(np.array([500]), np.array([300, 500, 700, 900])),
            "one distance": rates(np.array([7, 7, 7]), np.array([7, 7])),
        },
        "delong": delong(distances, same, other),
        "bootstrap": bootstrap(distances, same),
        "wilson": wilson(),
        "calibration": calibration(distances, same, list(range(0, 2600, 130))),
        "calibration_tied": calibration(
            np.round(distances * 8) / 8, same, list(range(0, 2600, 130))
        ),
        "lfw_dense": lfw(
            lambda _: spread, spread_same, 4, 4.0, [0.0013, 0.0111, 0.1003, 0.3001], spline=True
        ),
        "lfw_embeddings": embedded(),
        "video": video(),
    }
    json.dump(result, sys.stdout, separators=(",", ":"), default=float)
    print()


if __name__ == "__main__":
    warnings.simplefilter("error", RuntimeWarning)
    main()
