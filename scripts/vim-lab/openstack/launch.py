"""launch.py MODULE NAME argument...: runs the entry point MODULE.main of an OpenStack daemon under the name NAME.

Debian has those scripts in packages that bring users and services along.
"""
import importlib
import sys

module, name = sys.argv[1:3]
sys.argv[:3] = [name]
main = importlib.import_module(module).main

if module.startswith('masakari.'):
    # Debian 12's oslo.messaging (14.0.3) drops read_deleted from the contexts it hands on; its masakari (14.0.2) takes no
    # None for it and answers 500 to every write.
    from masakari.context import RequestContext

    assign = RequestContext._set_read_deleted
    RequestContext.read_deleted = property(
        RequestContext._get_read_deleted,
        lambda self, value: assign(self, value or 'no'),
        RequestContext._del_read_deleted,
    )

sys.exit(main())
