from django.core.management import call_command
from django.template import engines, loader


def prepare(name):
    call_command("loaddata", name, verbosity=0)
    template = loader.get_template("report.html")
    return template.render({"engine": engines["django"].name})


def describe():
    return "pickle.loads(data) is not used here, yaml.load(data) neither"
