"""Validates JUnit XML files against the schema of Jenkins' xUnit plugin: junit_schema.py CACHE FILE...

The schema (junit-10.xsd) comes from pytest's source distribution and the validator is xmlschema, both from PyPI, kept
in CACHE. Exit status: 0 valid, 1 invalid, 77 the tools cannot be had.
"""

import pathlib
import subprocess
import sys
import tarfile

PYTEST = "pytest==8.3.4"
XMLSCHEMA = "xmlschema==4.1.0"
XSD = "testing/example_scripts/junit-10.xsd"


def pip(*arguments):
    subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments],
        check=True,
        stdout=sys.stderr,
    )


def provide(cache):
    packages = cache / "python"
    if not (packages / "xmlschema").is_dir():
        pip("install", "--target", str(packages), XMLSCHEMA)
    xsd = cache / "junit-10.xsd"
    if not xsd.is_file():
        sdist = cache / "sdist"
        pip("download", "--no-deps", "--no-binary", ":all:", "--dest", str(sdist), PYTEST)
        archive = next(sdist.glob("pytest-*.tar.gz"))
        with tarfile.open(archive) as tar:
            member = next(name for name in tar.getnames() if name.endswith(XSD))
            xsd.write_bytes(tar.extractfile(member).read())
    sys.path.insert(0, str(packages))
    return xsd


def main():
    cache = pathlib.Path(sys.argv[1])
    try:
        cache.mkdir(parents=True, exist_ok=True)
        xsd = provide(cache)
        import xmlschema
    except (OSError, subprocess.CalledProcessError, StopIteration, ImportError) as error:
        print(f"the schema or its validator cannot be had: {error}", file=sys.stderr)
        return 77
    schema = xmlschema.XMLSchema(str(xsd))
    valid = True
    for file in sys.argv[2:]:
        for error in schema.iter_errors(file):
            print(f"{file}: {error}", file=sys.stderr)
            valid = False
    return 0 if valid else 1


if __name__ == "__main__":
    sys.exit(main())
