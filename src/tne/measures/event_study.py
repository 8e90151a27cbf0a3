"""What does an event study say, and how far can it be trusted? The names for that, in one place."""

from tne.measures.event_estimates import EventStudy, event_study
from tne.measures.joint_test import JointTest
from tne.measures.placebo import placebo
from tne.measures.pretrend import pretrend
from tne.measures.sensitivity import Sensitivity, sensitivity

__all__ = ["EventStudy", "JointTest", "Sensitivity", "event_study", "placebo", "pretrend", "sensitivity"]
