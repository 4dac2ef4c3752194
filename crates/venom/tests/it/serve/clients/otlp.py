"""Reads what a collector was told with the protocol's own types, which refuse fields that they do not know.

Standard input holds one document a line: {"path": ..., "body": ...}. It fails by raising.
"""

import base64
import json
import sys

from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def with_ids(value):
    """The protocol writes ids as hexadecimal digits, other bytes of protobuf are base64."""
    if isinstance(value, list):
        return [with_ids(one) for one in value]
    if not isinstance(value, dict):
        return value
    read = {name: with_ids(one) for name, one in value.items()}
    for name in ("traceId", "spanId", "parentSpanId"):
        if name in read:
            read[name] = base64.b64encode(bytes.fromhex(read[name])).decode()
    return read


spans, points = {}, 0
for line in sys.stdin:
    told = json.loads(line)
    if told["path"].endswith("/v1/traces"):
        request = json_format.ParseDict(with_ids(told["body"]), ExportTraceServiceRequest())
        for resource in request.resource_spans:
            names = {one.key: one.value.string_value for one in resource.resource.attributes}
            assert names["service.name"] == "venom", names
            for scope in resource.scope_spans:
                for span in scope.spans:
                    assert len(span.trace_id) == 16 and len(span.span_id) == 8, span
                    assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano, span
                    spans[span.trace_id, span.span_id] = span
    else:
        request = json_format.ParseDict(told["body"], ExportMetricsServiceRequest())
        for resource in request.resource_metrics:
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    kind = metric.WhichOneof("data")
                    assert kind in ("sum", "histogram"), metric
                    for point in getattr(metric, kind).data_points:
                        assert point.time_unix_nano > 0, metric
                        points += 1
                        if kind == "histogram":
                            assert len(point.bucket_counts) == len(point.explicit_bounds) + 1, metric
                            assert sum(point.bucket_counts) == point.count, metric
assert points, "no metrics came"
roots = [span for span in spans.values() if not span.parent_span_id]
assert roots and {span.name for span in roots} == {"run"}, roots
for span in spans.values():
    assert not span.parent_span_id or (span.trace_id, span.parent_span_id) in spans, span
print(len(spans), "spans,", points, "points")
