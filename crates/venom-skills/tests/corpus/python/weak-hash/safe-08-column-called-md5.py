from django.db import models


class Upload(models.Model):
    name = models.CharField(max_length=200)
    md5 = models.CharField("MD5 given by the sender", max_length=32, blank=True)
    sha1 = models.CharField(max_length=40, blank=True)

    def label(self):
        return f"{self.name} (md5 {self.md5 or 'unknown'})"
