"""What all tests share: hypothesis without a clock (compiling takes seconds the first time) and without chance."""

import signal

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("steady")

# A shell that starts the tests in the background has them ignore Ctrl-C, and every process that they start, too.
signal.signal(signal.SIGINT, signal.default_int_handler)
