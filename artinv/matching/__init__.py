"""From a sound to the settings of a synthesizer that imitate it.

draw settings -> render sounds -> train a network (sound -> settings) -> refine its guess through the synthesizer
"""
