"""Makes RESULTS.md from what the benchmarks wrote with `--json FILE`.

    python3 results.py FILE.json ... > RESULTS.md

Files of one benchmark on one device become one section.
"""

import json
import sys

NONE = "–"
# Libraries by their names in a report.
PEERS = {
    "torch": "PyTorch",
    "pytorch-metric-learning": "pytorch-metric-learning",
    "torchvision": "torchvision",
    "numpy": "NumPy",
    "scipy": "SciPy",
    "scikit-learn": "scikit-learn",
}


def rate(seconds, batch):
    """Images a second, with three digits."""
    return "{:.3g}".format(batch / seconds) if batch / seconds < 1000 else "{:.0f}".format(batch / seconds)


def duration(seconds):
    """In milliseconds, with three digits."""
    milliseconds = 1000 * seconds
    return ("{:.3g}" if milliseconds < 1000 else "{:,.0f}").format(milliseconds)


def mebibytes(value):
    if value is None:
        return NONE
    return ("{:.1f}" if value < 100 else "{:,.0f}").format(value)


def peer_of(case):
    """The peer's numbers, nothing where it has none."""
    peer = case.get("peer") or {}
    return peer if "median_s" in peer else {}


def row(*cells):
    print("| {} |".format(" | ".join(cells)))


def header(*names):
    row(*names)
    print("|---" * len(names) + "|")


def section(title, reports, command):
    """What was measured on what, with which command."""
    first = reports[0]
    peer = first.get("peer") or {}
    versions = ["{} {}".format(name, peer[key]) for key, name in PEERS.items() if key in peer]
    if versions:
        command = command + " --peer python3"
        versions = ["; {} with {} threads".format(", ".join(versions), peer["threads"])]
    changed = {True: " with changes"}
    commits = {
        report["commit"]["hash"][:12] + changed.get(report["commit"].get("changed"), "")
        for report in reports
    }
    print("\n## {} on {}\n".format(title, first["device"]))
    print("`{} --json FILE`\n".format(command))
    print(
        "{}{}, {} cores, {} {}{}{}; commit {}.\n".format(
            first["machine"]["cpu"],
            "".join(" ({})".format(", ".join(sets)) for sets in [first["machine"].get("instruction_sets")] if sets),
            first["machine"]["cores"],
            first["machine"]["os"],
            first["machine"]["architecture"],
            "".join(", " + name for name in [first["machine"].get("accelerator")] if name),
            "".join(versions),
            " and ".join(sorted(commits)),
        )
    )


def networks(reports):
    cases = {case["name"]: case for report in reports for case in report["cases"]}
    section("Networks", reports, "networks --stock")
    print(
        "Images a second, ours / PyTorch's = ratio, medians of runs in which the two take turns, case by case. "
        "Forward is inference, ours with batch normalization folded, PyTorch's as it is; train is a "
        "whole step: forward, batch-all triplet loss, backward, AdamW. Memory is the peak of the "
        "process in MiB at train, batch 32.\n"
    )
    columns = [("forward", 1), ("forward", 8), ("forward", 32), ("train", 8), ("train", 32)]
    names = list(dict.fromkeys("/".join(name.split("/")[:2]) for name in cases))
    header("network", *("{} {}".format(*column) for column in columns), "memory")
    for network in names:
        found = [cases.get("{}/{}/batch={}".format(network, *column)) for column in columns]
        cells = [NONE if case is None else rates(case) for case in found]
        row(network, *cells, NONE if found[-1] is None else peaks(found[-1]))
    print(
        "\nA training step at batch 32 with Burn's own convolutions, and with all of Burn's own "
        "operations, as a multiple of ours:\n"
    )
    header("network", "Burn's convolutions", "all of Burn's")
    for network in names:
        stock = [
            cases.get("{}/{}/batch=32".format(network, what))
            for what in ("train-stock-convolutions", "train-stock")
        ]
        if all(stock):
            row(network, *("{:.2f}".format(case["ratio"]["value"]) for case in stock))


def rates(case):
    """Our rate, PyTorch's, and the ratio of the two."""
    batch = int(case["name"].rsplit("=", 1)[1])
    ours = rate(case["median_s"], batch)
    peer = peer_of(case)
    if not peer:
        return "{} / {}".format(ours, NONE)
    return "{} / {} = **{:.2f}**".format(ours, rate(peer["median_s"], batch), peer["versus"])


def peaks(case):
    peer = peer_of(case).get("peak_mib")
    ours = case["peak_resident_bytes"] / 2**20
    return "{:.0f} / {}".format(ours, NONE if peer is None else "{:.0f}".format(peer))


def triplet_loss(reports):
    cases = {case["name"]: case for report in reports for case in report["cases"]}
    section("Triplet loss", reports, "triplet_loss")
    print(
        "Value and gradient of B embeddings of D dimensions, K of each identity. Milliseconds, medians; "
        "× products is the multiple of the two matrix products E·Eᵀ and W·E in the same library; extra is "
        "the memory in MiB that the runs add to what is resident before them. The ratio is "
        "pytorch-metric-learning's time over ours. A dash is a case that it has no miner for, or that "
        "needs more memory than it may have. A median of fewer than 15 runs has their number behind it."
    )
    sizes = list(dict.fromkeys("/".join(name.split("/")[:2]) for name in cases))
    for size in sizes:
        print("\n### {}\n".format(size.replace("/", ", ").replace("=", " = ")))
        header("", "ours", "× products", "extra", "PML", "× products", "extra", "ratio")
        products = cases[size + "/products"]
        for name, case in cases.items():
            if name.startswith(size + "/"):
                peer, base = peer_of(case), peer_of(products)
                row(
                    name.removeprefix(size + "/").replace("/", ", ", 1),
                    *library(case, products, bytes_to_mib(case.get("extra_resident_bytes"))),
                    *library(peer, base, peer.get("extra_mib")),
                    "**{:.2f}**".format(peer["versus"]) if peer else NONE,
                )


def library(numbers, products, extra):
    """A library's time, that time as a multiple of its products, and its extra memory."""
    if not numbers:
        return [NONE] * 3
    runs = len(numbers["times_s"])
    multiple = "{:.2f}".format(numbers["median_s"] / products["median_s"]) if products else NONE
    return [
        duration(numbers["median_s"]) + ("" if runs >= 15 else " ({})".format(runs)),
        multiple,
        mebibytes(extra),
    ]


def bytes_to_mib(count):
    return None if count is None else count / 2**20


def beside_peer(reports, title, command, text, base=None):
    """A section with a row for each case: our time and memory, the peer's, and the ratio.

    `base` is what some cases are a multiple of.
    """
    cases = {case["name"]: case for report in reports for case in report["cases"]}
    section(title, reports, command)
    print(text + "\n")
    multiple = ["× " + base] if base else []
    header("", "ours", *multiple, "rate", "extra", "peer", "extra", "ratio")
    for name, case in cases.items():
        peer = peer_of(case)
        ours = library(case, None, bytes_to_mib(case.get("extra_resident_bytes")))
        cells = [name.replace("/", ", ").replace("=", " = "), ours[0]]
        if base:
            ratio = case.get("ratio")
            cells.append("{:.2f}".format(ratio["value"]) if ratio else NONE)
        cells += [throughput(case), ours[2]]
        cells += [duration(peer["median_s"]) if peer else NONE, mebibytes(peer.get("extra_mib"))]
        row(*cells, "**{:.2f}**".format(peer["versus"]) if peer else NONE)


def throughput(case):
    """Work over time, with its unit."""
    found = case.get("throughput")
    if not found:
        return NONE
    number = found["value"]
    return "{} {}".format("{:,.0f}".format(number) if number >= 100 else "{:.3g}".format(number), found["unit"])


COLUMNS = (
    "Milliseconds, medians; extra is the memory in MiB that the runs add to what is resident before them. "
    "The ratio is the peer's time over ours; a dash is a case that the peer has nothing like, or that needs "
    "more memory or time than it may have. A median of fewer than 15 runs has their number behind it."
)


def verification(reports):
    beside_peer(
        reports,
        "Verification",
        "verification",
        "Exact VAL at FAR 1e-1 to 1e-8 and equal error rate of all pairs of N embeddings, and the ten folds "
        "of LFW. × products is the multiple of the bare products of the same tiles in the same run. The peer "
        "is NumPy with scikit-learn's roc_curve, which has to list the pairs. " + COLUMNS,
        "products",
    )


def retrieval(reports):
    beside_peer(
        reports,
        "Retrieval",
        "retrieval",
        "R-precision, MAP@R, MRR and recall@k of N embeddings in themselves (scores), their ten nearest "
        "neighbors, and rank-k identification. The peer of the scores is NumPy, that of the neighbors "
        "scikit-learn by brute force. " + COLUMNS,
    )


def clustering(reports):
    beside_peer(
        reports,
        "Clustering",
        "clustering",
        "N faces of N / 10 people in D dimensions. The peer of the linkages is SciPy, of the others "
        "scikit-learn. " + COLUMNS,
    )


def sampler(reports):
    beside_peer(
        reports,
        "Sampler",
        "sampler",
        "Ten million labels. Set-up is from labels to a sampler; a run of batches is 1,000 of them from all "
        "over an epoch, or the first 20 of an epoch that begins, which is what the peer, "
        "pytorch-metric-learning's MPerClassSampler, makes. " + COLUMNS,
    )


def data(reports):
    beside_peer(
        reports,
        "Data",
        "data --images lfw/images",
        "An epoch over 1,024 JPEG files to batches of 32 × 160 × 160 × 3 bytes. The peer is ImageFolder with "
        "DataLoader and as many workers. The extra memory of a queue is that of a caller who fetches "
        "slowly. A training step of NN4 has its batch given, or loaded beside the step before. " + COLUMNS,
        "given",
    )


SECTIONS = {
    "networks": networks,
    "triplet_loss": triplet_loss,
    "data": data,
    "sampler": sampler,
    "verification": verification,
    "retrieval": retrieval,
    "clustering": clustering,
}


def main(paths):
    groups = {}
    for path in paths:
        with open(path) as file:
            report = json.load(file)
        groups.setdefault((report["benchmark"], report["device"]), []).append(report)
    print("# Results\n")
    print("Generated by `python3 results.py` from the JSON files that the commands below write.")
    for name, show in SECTIONS.items():
        for (benchmark, _), reports in sorted(groups.items()):
            if benchmark == name:
                show(reports)


if __name__ == "__main__":
    main(sys.argv[1:])
