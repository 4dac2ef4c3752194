class JobRunner:
    """Runs named jobs; nothing here speaks SQL."""

    def __init__(self, backend):
        self.backend = backend

    def execute(self, label):
        return self.backend.submit(label)


def nightly(backend, host):
    runner = JobRunner(backend)
    runner.execute(f"rotate logs on {host}")
    runner.execute("collect metrics from %s" % host)
