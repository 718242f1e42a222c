"""A CalDAV client: makes a calendar with an event and says what the server knows.

    calendar_client.py PORT HOST NAME SUMMARY

Headers to send come as JSON on standard input; a password is in PASSWORD, its user name in LOGIN.
"""

import datetime
import json
import os
import sys

import caldav


def main(port, host, name, summary):
    headers = {"Host": f"{host}:{port}", **json.load(sys.stdin)}
    client = caldav.DAVClient(
        url=f"http://127.0.0.1:{port}/",
        username=os.environ.get("LOGIN"),
        password=os.environ.get("PASSWORD"),
        auth_type="basic" if "PASSWORD" in os.environ else None,
        headers=headers,
    )
    person = client.principal()
    calendar = person.make_calendar(name=name)
    begin = datetime.datetime(2030, 5, 6, 9, tzinfo=datetime.timezone.utc)
    calendar.save_event(dtstart=begin, dtend=begin + datetime.timedelta(hours=1), summary=summary)
    known = {
        str(one.get_display_name()): [event.icalendar_component["summary"] for event in one.events()]
        for one in person.calendars()
    }
    print(json.dumps({"person": person.url.path, "calendars": known}))


main(*sys.argv[1:])
