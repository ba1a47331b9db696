"""Prediction with a trained network as an ONNX graph: onnxruntime alone, without torch."""
