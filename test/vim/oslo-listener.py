"""Prints the notifications that oslo.messaging hands to a service, as JSON lines; the first line says that it listens."""
import json
import sys
import threading

import oslo_messaging
from oslo_config import cfg

url, exchange = sys.argv[1:]
conf = cfg.ConfigOpts()
conf([], project="listener", default_config_files=[])


class Endpoint:
    def __getattr__(self, priority):
        if priority not in ("info", "warn", "error", "critical"):
            raise AttributeError(priority)

        def take(context, publisher_id, event_type, payload, metadata):
            line = [priority, publisher_id, event_type, payload["key"], metadata["message_id"]]
            print(json.dumps(line), flush=True)

        return take


listener = oslo_messaging.get_notification_listener(
    oslo_messaging.get_notification_transport(conf, url=url),
    [oslo_messaging.Target(topic="notifications", exchange=exchange)],
    [Endpoint()],
    executor="threading",
    pool="pathwarden",
)
listener.start()
print(json.dumps(["listening"]), flush=True)
threading.Event().wait()
