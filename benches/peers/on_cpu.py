"""What the peer scripts share that run NumPy and its libraries on the processor."""

import platform

import numpy
from threadpoolctl import threadpool_limits

from worker import options, reset_resident_peak, resident_peak_mib, serve, times


def main(setup, versions):
    """A worker. `setup(request)` makes the inputs of a case and returns one run of it, which gives an
    array; `versions` are those of the libraries."""
    given = options()
    if given.device != "cpu":
        raise SystemExit("NumPy computes on the processor only")
    announcement = {
        "numpy": numpy.__version__,
        **versions,
        "python": platform.python_version(),
        "threads": given.threads,
        "device": given.device,
    }
    with threadpool_limits(given.threads):
        serve(announcement, lambda request: measure(setup, request))


def measure(setup, request):
    """The answer to a request."""
    reset_resident_peak()
    run = setup(request)
    setup_peak = resident_peak_mib()
    before = resident_peak_mib() if reset_resident_peak() else None
    seconds, result = times(run, lambda: None, request)
    peak = resident_peak_mib()
    if not numpy.isfinite(result).all():
        raise ValueError("the result has numbers that are not finite")
    return {
        "times_s": seconds,
        "peak_mib": None if peak is None else max(peak, setup_peak),
        "extra_mib": None if before is None else peak - before,
    }
