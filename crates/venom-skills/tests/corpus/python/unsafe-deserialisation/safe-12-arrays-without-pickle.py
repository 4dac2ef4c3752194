import numpy as np
import torch


def load_features(path):
    return np.load(path, allow_pickle=False)


def load_weights(path):
    return torch.load(path, map_location="cpu", weights_only=True)
