# Runs the AWS CLI for one test after the other in one process: starting it takes ten
# times as long as a call. A line of JSON, the arguments, gives one with status and output.
import contextlib, io, json, sys
from awscli.clidriver import create_clidriver

driver = create_clidriver()
for line in sys.stdin:
    arguments, out = json.loads(line), io.StringIO()
    # A driver keeps the region of a call for the next one.
    one = create_clidriver() if "--region" in arguments else driver
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            status = one.main(arguments)
        except SystemExit as e:
            status = e.code
    print(json.dumps({"status": status or 0, "out": out.getvalue()}), flush=True)
