#!/usr/bin/env python3
"""Prints the steps at which TensorBoard finds losses and validations in a run folder, and the last histogram.

usage: read_with_tensorboard.py RUN_DIR          (needs: pip install tensorboard)
"""

import sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1])
events.Reload()
print([e.step for e in events.Scalars("loss")])
print([e.step for e in events.Scalars("validation_mean_accuracy")])
histogram = events.Histograms("validation_accuracies")[-1]
print(histogram.step, histogram.histogram_value.num, sum(histogram.histogram_value.bucket))
