"""The doors by HTTP: the relay's (`bounces`) and the providers' (`anymail`)."""
