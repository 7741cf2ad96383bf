"""What the browser's tests need in the portal's database, made by a program in its own surroundings.

`python -m tests.e2e.browser.setting` prints it as JSON: see places.py and clerks.py.
"""

import json

import django

if __name__ == "__main__":
    django.setup()
    # Models can be imported only now.
    from tests.e2e.browser import clerks, places

    print(json.dumps(places.everything() | {"clerks": clerks.everybody()}))
