"""What all tests share: hypothesis without a clock (compiling takes seconds the first time) and without chance."""

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("steady")
