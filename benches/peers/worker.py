"""What every peer script shares: the conversation with the benchmark that started it.

A peer is a library that does the same work as ours. Its script is a worker that lives as long as
the benchmark. Each message is a JSON object on a line of its own:

    worker     {"torch": "2.9.1", "threads": 2, "device": "cpu"}      once: what it is
    benchmark  {"network": "nns2", ..., "warmup": 3, "runs": 15}      a case
    worker     {"times_s": [0.0123, ...],                             the time of every run
                "peak_mib": 310.5, "extra_mib": 42.2}                 and what memory it took
            or {"no_peer": "why"}                                     the peer has nothing like it
            or {"error": "why"}                                       it went wrong

A case with a limit has `seconds` too: warm-up and timed runs each end once they have taken so long, but
for the first to warm up and the first three to be timed. What else a case says is between the
benchmark's program and its script. The worker ends when its standard input does.
"""

import argparse
import contextlib
import ctypes
import gc
import json
import math
import sys
import time


class NoPeer(Exception):
    """The peer has nothing to set beside a case."""


def options():
    """What the benchmark settles once for all cases."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:INDEX")
    parser.add_argument("--threads", type=int, help="of the processor, all by default")
    return parser.parse_args()


def serve(announcement, measure):
    """Answers every request with what `measure` makes of it."""
    messages = sys.stdout
    # What a library prints must not end up between the messages.
    with contextlib.redirect_stdout(sys.stderr):
        say(messages, announcement)
        for line in sys.stdin:
            try:
                answer = measure(json.loads(line))
            except NoPeer as reason:
                answer = {"no_peer": str(reason)}
            except Exception as error:
                answer = {"error": "{}: {}".format(type(error).__name__, error)}
            say(messages, answer)


def say(messages, message):
    messages.write(json.dumps(message) + "\n")
    messages.flush()


def times(run, synchronize, request):
    """Seconds of each timed run, and what the last one gave; the clock stops when the device has
    finished."""
    result = None
    limit = request.get("seconds", math.inf)

    def repeat(most, least):
        nonlocal result
        seconds = []
        while len(seconds) < most and (len(seconds) < least or sum(seconds) < limit):
            result = None
            start = time.perf_counter()
            result = run()
            synchronize()
            seconds.append(time.perf_counter() - start)
        return seconds

    repeat(request["warmup"], 1)
    return repeat(request["runs"], 3), result


def reset_resident_peak():
    """Makes the peak the memory that is in use now; whether Linux allows it."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        # What earlier cases have freed goes back to the system first.
        ctypes.CDLL(None).malloc_trim(0)
    try:
        # proc(5): writing 5 resets the peak resident set size.
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        return False
    return True


def resident_peak_mib():
    """The most resident memory of this process, where Linux tells it."""
    try:
        with open("/proc/self/status") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    return None
