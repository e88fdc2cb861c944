import os
import time

from benchmarks.usage import cpu_seconds, peak_memory, resident_memory


def test_cpu_time_is_that_of_the_process_asked_for():
    before = time.process_time()
    used = cpu_seconds(os.getpid())
    after = time.process_time()

    assert before <= used <= after


def test_the_peak_is_never_below_what_is_resident():
    assert 0 < resident_memory(os.getpid()) <= peak_memory(os.getpid())
