"""Prints what TensorBoard finds in a folder of event files, as JSON: runs, tags, steps and values. Usage: read_events.py FOLDER"""
import json
import sys
import types

# TensorBoard then reads with its own code, without loading TensorFlow.
sys.modules["tensorboard.compat.notf"] = types.ModuleType("notf")
from tensorboard.backend.event_processing import event_multiplexer  # noqa: E402

multiplexer = event_multiplexer.EventMultiplexer().AddRunsFromDirectory(sys.argv[1])
multiplexer.Reload()
print(json.dumps({run: {tag: [[event.step, event.value] for event in multiplexer.Scalars(run, tag)] for tag in tags["scalars"]} for run, tags in multiplexer.Runs().items()}))
