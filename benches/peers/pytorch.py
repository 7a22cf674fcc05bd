"""What the peer scripts share that run PyTorch: device, threads, and how a case is measured."""

import platform

import torch

from worker import options, reset_resident_peak, resident_peak_mib, serve, times


def main(setup, **versions):
    """A worker. `setup(request, device)` makes the inputs of a case and returns one run of it, which
    gives a list of tensors; `versions` are those of other libraries than PyTorch."""
    given = options()
    device = torch.device(given.device)
    if given.threads:
        torch.set_num_threads(given.threads)
    announcement = {
        "torch": torch.__version__,
        **versions,
        "python": platform.python_version(),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else given.device,
    }
    serve(announcement, lambda request: measure(setup, request, device))


def measure(setup, request, device):
    """The answer to a request."""

    def synchronize():
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    reset_resident_peak()
    run = setup(request, device)
    synchronize()
    setup_peak = resident_peak_mib()
    # A peak that has just been reset is what is resident.
    before = resident_peak_mib() if reset_resident_peak() else None
    seconds, results = times(run, synchronize, request)
    peak = resident_peak_mib()
    if not all(torch.isfinite(result).all() for result in results):
        raise ValueError("the result has numbers that are not finite")
    return {
        "times_s": seconds,
        "peak_mib": None if peak is None else max(peak, setup_peak),
        "extra_mib": None if before is None else peak - before,
    }
