"""The vocal tract model: controls -> shape of the tract -> sound."""
