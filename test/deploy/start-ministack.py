"""Starts MiniStack 1.5.33, with what it lacks for the contacts stack made up here, so that the stack is deployed as it is."""

import os

# The functions get this environment, with what this machine says about AWS; where theirs is, MiniStack tells them unless it was told so.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]

from ministack import app
from ministack.services import apigateway as http_apis
from ministack.services import apigateway_v1 as rest_apis
from ministack.services.cloudformation import provisioners

build_event = rest_apis._build_lambda_event_v1
alarm_record = provisioners._cw_metric_alarm_record


def build_event_with_api_key(api_id, stage_name, stage, resource, path, method, headers, *args, **kwargs):
    """It checks the API key of a request to a REST API, but leaves it out of the event."""
    event = build_event(api_id, stage_name, stage, resource, path, method, headers, *args, **kwargs)
    key = rest_apis._resolve_api_key(rest_apis._api_key_from_request(headers))
    if key is not None:
        event["requestContext"]["identity"].update(apiKeyId=key["id"], apiKey=key["value"])
    return event


def alarm_record_of_first_metric(name, props):
    """It refuses alarms on metric math: one on a sum becomes one on the sum's first metric. None goes off here anyway."""
    stats = [query["MetricStat"] for query in props.get("Metrics") or [] if "MetricStat" in query]
    if stats:
        first = stats[0]
        props = {key: value for key, value in props.items() if key != "Metrics"}
        props.update(first["Metric"], Statistic=first["Stat"], Period=first["Period"])
    return alarm_record(name, props)


def with_names_of_templates(answer):
    """It doesn't recognise the CORS configuration of an HTTP API in a template, where names begin with capitals."""
    return lambda cors, origin: answer({name[0].lower() + name[1:]: value for name, value in cors.items()}, origin)


rest_apis._build_lambda_event_v1 = build_event_with_api_key
http_apis._cors_preflight_response = with_names_of_templates(http_apis._cors_preflight_response)
http_apis._cors_response_headers = with_names_of_templates(http_apis._cors_response_headers)
provisioners._cw_metric_alarm_record = alarm_record_of_first_metric
app.main()
