"""The vocal tract: controls to shape to sound."""
