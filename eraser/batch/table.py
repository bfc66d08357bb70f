"""Who was found on a photo, as a table."""

from __future__ import annotations

from eraser.batch.outcome import Outcome


def as_table(outcome: Outcome, *, with_choice: bool = True) -> str:
    """Everybody found, by number.

    Args:
        outcome: Of a photo whose people were looked for.
        with_choice: Also say who goes.
    """
    people = outcome.people or ()
    if not people:
        return f"{outcome.path}: nobody found"
    where = f", shown in {outcome.overview}" if outcome.overview else ""
    count = "1 person" if len(people) == 1 else f"{len(people)} people"
    who = "  who" if people[0].recognition else ""
    head = f"  goes{who}" if with_choice else who
    lines = [
        f"{outcome.path}: {count}{where}",
        f"  {'number':>6}  {'box x0,y0,x1,y1':<23}  {'score':>5}  {'share':>6}{head}",
    ]
    for person in people:
        box = ",".join(str(edge) for edge in person.box)
        goes = f"  {'yes' if person.chosen else 'no':<4}" if with_choice else ""
        line = f"  {person.number:>6}  {box:<23}  {person.score:>5.2f}  {person.share:>6.1%}{goes}  {person.who}"
        lines.append(line.rstrip())
    return "\n".join(lines)
