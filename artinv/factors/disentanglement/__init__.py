"""Metrics of disentanglement: how well the values of a code tell the factors of its data apart, for any code.

A code may be the latents of an autoencoder or a hidden layer of any network; see `Coded`. `measure` computes all metrics:
MIG (Chen 2018), SAP (Kumar 2018), DCI (Eastwood and Williams 2018), the FactorVAE score (Kim and Mnih 2018), IRS (Suter 2019).
"""

from artinv.factors.disentanglement.coded import Coded
from artinv.factors.disentanglement.dci import Dci, dci
from artinv.factors.disentanglement.irs import irs
from artinv.factors.disentanglement.metrics import MetricParams, Scores, measure
from artinv.factors.disentanglement.mig import mig
from artinv.factors.disentanglement.sap import sap
from artinv.factors.disentanglement.votes import factor_vae_score

__all__ = ["Coded", "Dci", "MetricParams", "Scores", "dci", "factor_vae_score", "irs", "measure", "mig", "sap"]
