"""The scripts of the demonstration's callers. All of it is invented. Pure data."""

from __future__ import annotations

from .story import Script, Text, Turn

WHERE = ("where", "address", "location", "place", "street", "town")
SAFE = ("safe", "danger", "hurt", "okay", "ok?")
CALL = ("call", "voice", "speak", "phone")
COMING = ("way", "coming", "help is", "stay", "minutes")

_LONG = (
    "My sister and I were driving home on the road along the reservoir when a deer jumped out and "
    "we went off the road into the trees. She is awake and talks to me but her leg is stuck under "
    "the dashboard and it bleeds. The engine is off. I smell no gas. I am fine, only scratches. "
    "There is no voice signal here, a call drops at once, only texts go out. We passed a white "
    "church and a farm stand about five minutes ago, heading north, and the car is dark green."
)

SCRIPTS: tuple[Script, ...] = (
    Script(
        "A deaf man whose father has collapsed",
        (
            Text("My dad fell down in the kitchen and does not wake up. I am deaf", 0.0),
            Text("please send someone", 4.0),
        ),
        (
            Turn(
                "This is 911. What is the address?",
                (Text("14 Orchard Lane, the yellow house, back door is open"),),
                WHERE,
            ),
            Turn(
                "Is he breathing? Watch his chest.",
                (Text("I think yes", 6.0), Text("a little. his lips are blue", 5.0)),
                ("breath", "chest", "awake", "conscious"),
            ),
            Turn(
                "Help is on its way. Push hard and fast in the middle of his chest.",
                (Text("ok doing it"),),
                ("push", "press", "cpr", *COMING),
            ),
        ),
    ),
    Script(
        "Someone hiding in a closet",
        (Text("someone is in my house. i am in the closet. cant talk", 0.0),),
        (
            Turn(
                "This is 911, we read you. Where are you?",
                (Text("22 mill st apt 3, second floor"), Text("bedroom closet", 3.0)),
                WHERE,
            ),
            Turn(
                "Silence your phone. Do you hear one person or more?",
                (Text("one i think. he is in the kitchen"),),
                ("hear", "how many", "person", "people", "silence", "quiet"),
            ),
            Turn(
                "Officers are very near. Stay where you are.",
                (Text("i hear the stairs", 3.0), Text("please hurry", 2.0)),
                ("officer", "police", *COMING),
            ),
        ),
    ),
    Script(
        "Fire in a basement",
        (Text("Fire in our basement!! smoke is coming up the stairs", 0.0),),
        (
            Turn(
                "Get everybody out now. What is the address?",
                (Text("9 Canal Road, we are going out now"),),
                WHERE,
            ),
            Turn(
                "Is anybody still inside?",
                (Text("My grandmother is upstairs she cannot walk", 3.0),),
                ("anybody", "anyone", "inside", "everyone", "everybody", "who"),
            ),
            Turn(
                "Do not go back in. Which window is hers? The engine is two minutes away.",
                (Text("front, left of the door, second floor"),),
                ("window", "which", *COMING),
            ),
        ),
    ),
    Script(
        "A mother who writes in Spanish",
        (Text("Mi niña no puede respirar bien. Tiene tres años", 0.0),),
        (
            Turn(
                "¿Dónde está? Escriba la dirección.",
                (Text("Calle Maple 31, apartamento 2. Segundo piso"),),
                ("dónde", "donde", "direcci", *WHERE),
            ),
            Turn(
                "¿Tiene asma? ¿Está despierta?",
                (Text("Sí tiene asma. Está despierta pero muy pálida 😢", 5.0),),
                ("asma", "despierta", "asthma", "awake", "allerg"),
            ),
            Turn(
                "La ambulancia va en camino. Siéntela derecha.",
                (Text("Gracias. La tengo sentada"),),
                ("ambulanc", "camino", *COMING),
            ),
        ),
    ),
    Script(
        "A student who writes with emoji",
        (Text("my friend took smth at a party and she wont wake up 😭😭", 0.0),),
        (
            Turn(
                "Where are you? Is she breathing?",
                (Text("dorm, Cedar Hall room 212"), Text("she snores weird 😰", 3.0)),
                WHERE,
            ),
            Turn(
                "Turn her on her side and stay with her. Do you know what she took?",
                (Text("some blue pills 💊 i have the bag"),),
                ("side", "took", "what", "pill"),
            ),
            Turn(
                "An ambulance is at the gate. Can somebody meet it?",
                (Text("my roommate runs down 🏃‍♀️ thank you 🙏"),),
                ("ambulance", "meet", *COMING),
            ),
        ),
    ),
    Script(
        "A long text in parts, one of them late",
        (Text(_LONG, 0.0, "late part"),),
        (
            Turn(
                "We see you near the reservoir. Press a cloth hard on her leg. Is she awake?",
                (Text("yes. i press with my jacket", 5.0),),
                ("press", "leg", "awake", "bleed"),
            ),
            Turn(
                "Rescue is coming with a siren. Tell us when you hear it.",
                (Text("i hear it!! it is close", 6.0),),
                ("siren", "hear", "lights", *COMING),
            ),
        ),
    ),
    Script(
        "A long text whose parts come in the wrong order",
        (
            Text(
                "I am at the bus stop across from the library and two men are fighting over a "
                "bicycle. One of them has a bottle, the other one is on the ground now and holds "
                "his head. There are children here. I do not want them to see that I am texting.",
                0.0,
                "mixed",
            ),
        ),
        (
            Turn(
                "Go to a safe distance first. What does the man with the bottle wear?",
                (Text("red jacket, grey hat. he walks off to the park now", 5.0),),
                ("wear", "look", "describe", "safe", "bottle"),
            ),
            Turn(
                "Thank you. Is the man on the ground talking?",
                (Text("he sits up. his ear bleeds"),),
                ("ground", "talk", "head", "awake"),
            ),
        ),
    ),
    Script(
        "Somebody whose words come twice because they were sent twice",
        (
            Text("HELP", 0.0),
            Text("HELP", 2.0),
            Text("he took the car keys and my phone is at 3%", 3.0),
        ),
        (
            Turn(
                "This is 911. Where are you?",
                (Text("parking lot behind the ice rink"),),
                WHERE,
            ),
            Turn(
                "Are you hurt? Is he still there?",
                (Text("no", 3.0), Text("no", 2.0)),
                (*SAFE, "still there"),
            ),
            Turn(
                "A car is on its way to you. Go where there are people.",
                (Text("ok going in to the rink"),),
                COMING,
            ),
        ),
    ),
    Script(
        "A carrier that sends one text again",
        (Text("There is an old lady on the railroad tracks, she looks lost", 0.0, "repeated"),),
        (
            Turn(
                "Where is that? We are stopping the trains.",
                (Text("the crossing by the feed store", 4.0, "repeated"),),
                WHERE,
            ),
            Turn(
                "Can you lead her off the tracks without danger to you?",
                (Text("yes she takes my hand"), Text("we are off the tracks", 6.0)),
                ("lead", "tracks", "off"),
            ),
        ),
    ),
    Script(
        "A test text",
        (Text("This is a test of text to 911 from our new phones, no emergency", 0.0),),
        (
            Turn(
                "Your test reached 911, no help is sent. Please confirm: no emergency?",
                (Text("Confirmed, no emergency. Thank you"),),
                ("confirm", "emergency", "test"),
            ),
        ),
    ),
)

# Typed at six letters a second, so it is short. Whoever asks on hears THANKS.
ON_A_TTY = Script(
    "A deaf woman with a TTY, and fire in her street",
    (Text("FIRE 12 ELM ST GA"),),
    (
        Turn(
            "IS EVERYBODY OUT GA",
            (Text("YES ALL OUT GA"),),
            ("out", "anybody", "anyone", "everybody", "everyone", "inside", *SAFE),
        ),
    ),
    closing="HELP IS THERE SKSK",
)
THANKS = "THANK YOU GA"

NOBODY_THERE = Script(
    "Somebody who texts before anybody is at a console",
    (Text("is anybody there? there is a man with a gun on the green", 0.0),),
    (),
)
