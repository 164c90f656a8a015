# Runs the AWS CLI for one test after the other in one process: starting it takes ten
# times as long as a call. A line of JSON, the arguments, gives one with status and output.
import contextlib, io, json, sys
from awscli.clidriver import create_clidriver

driver = create_clidriver()
for line in sys.stdin:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            status = driver.main(json.loads(line))
        except SystemExit as e:
            status = e.code
    print(json.dumps({"status": status or 0, "out": out.getvalue()}), flush=True)
