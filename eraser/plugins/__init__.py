"""What maskers and inpainters share as plugins: how they are found, chosen, told their options, run and blamed.

kind        what tells maskers from inpainters: a noun, a group, a factory, errors
sources     where a plugin was found: a file, an entry point, package.module:factory
registry    names; a plugin's code runs only once its name is chosen
facts       what can be read off a file without running it
options     key=value texts as the dataclass that a factory declares
values      one text as one typed value
calls       plugin code run so that whatever it does ends in one line
"""

INTERFACE_VERSION = 1
"""Of what plugins rely on. Additions leave it as it is; it rises when a plugin that worked has to be changed."""
