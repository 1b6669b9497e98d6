"""Prints the scalars that TensorBoard reads below a folder, as JSON: {run: {tag: [[step, value], ...]}}."""
import json
import sys

from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

reader = EventMultiplexer(size_guidance={"scalars": 0}).AddRunsFromDirectory(sys.argv[1])
reader.Reload()
print(json.dumps({
    run: {tag: [[event.step, event.value] for event in reader.Scalars(run, tag)] for tag in tags["scalars"]}
    for run, tags in reader.Runs().items()
}))
