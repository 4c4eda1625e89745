"""The words that the matcher knows: what record labels, shops and DJ programs print beside a title.

What belongs here: lists of folded words (lower case, ASCII, no punctuation; see `text.fold`) and
what they stand for. What does not: how a title is taken apart (`reading`) or compared (`versions`).

The lists come from titles as printed on sleeves and as stored by DJ programs: dance 12-inches,
reggae 7-inches, hip-hop promos, reissues, and the habits of the large download shops.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrase in text.split(";"))


# --- Versions -----------------------------------------------------------------------------------

# What kind of a thing the take is. A kind on one side only makes it another version. The key is
# the word as folded, the value the kind: spellings of one kind share it.
KINDS: Final[Mapping[str, str]] = {
    "remix": "remix",
    "remixed": "remix",
    "remixes": "remix",
    "rmx": "remix",
    "rmix": "remix",
    "remx": "remix",
    "megamix": "megamix",
    "medley": "medley",
    "mashup": "mashup",
    "rework": "rework",
    "reworked": "rework",
    "reworking": "rework",
    "rewerk": "rework",
    "refix": "refix",
    "refixed": "refix",
    "rerub": "rework",
    "rerubbed": "rework",
    "relick": "rework",
    "relicked": "rework",
    "revamp": "rework",
    "revibe": "rework",
    "retouch": "rework",
    "remake": "remake",
    "rerecorded": "rerecording",
    "rerecording": "rerecording",
    "reconstruction": "rework",
    "reinterpretation": "rework",
    "interpretation": "rework",
    "rebuild": "rework",
    "bootleg": "bootleg",
    "boot": "bootleg",
    "bootie": "bootleg",
    "flip": "flip",
    "revision": "revision",
    "revisited": "revision",
    "edit": "edit",
    "edited": "edit",
    "reedit": "edit",
    "redit": "edit",
    "rub": "rework",
    "dub": "dub",
    "dubb": "dub",
    "dubwise": "dub",
    "dubplate": "dubplate",
    "special": "special",
    "instrumental": "instrumental",
    "instrumentals": "instrumental",
    "inst": "instrumental",
    "instr": "instrumental",
    "acapella": "acapella",
    "acappella": "acapella",
    "accapella": "acapella",
    "accappella": "acapella",
    "capella": "acapella",
    "cappella": "acapella",
    "acca": "acapella",
    "acapela": "acapella",
    "vocal": "vocal",
    "vocals": "vocal",
    "vox": "vocal",
    "beats": "beats",
    "bonusbeats": "beats",
    "percapella": "percapella",
    "drumapella": "percapella",
    "live": "live",
    "concert": "live",
    "unplugged": "acoustic",
    "session": "session",
    "sessions": "session",
    "vip": "vip",
    "demo": "demo",
    "rehearsal": "demo",
    "acoustic": "acoustic",
    "radio": "radio",
    "airplay": "radio",
    "extended": "extended",
    "ext": "extended",
    "xtended": "extended",
    "long": "extended",
    "short": "short",
    "12inch": "12-inch",
    "7inch": "7-inch",
    "10inch": "10-inch",
    "single": "single",
    "club": "club",
    "version": "version",
    "versions": "version",
    "riddim": "rhythm",
    "rhythm": "rhythm",
    "rythm": "rhythm",
    "reprise": "reprise",
    "take": "take",
    "outtake": "take",
    "alternate": "alternate",
    "alternative": "alternate",
    "alt": "alternate",
    "karaoke": "karaoke",
    "clean": "clean",
    "censored": "clean",
    "dirty": "dirty",
    "intro": "intro",
    "outro": "outro",
    "interlude": "interlude",
    "skit": "skit",
    "clip": "clip",
    "snippet": "clip",
    "preview": "clip",
    "excerpt": "clip",
    "video": "video",
    "unreleased": "unreleased",
    "tv": "tv",
    "minimix": "minimix",
    "dubmix": "dub",
    "clubmix": "club",
    "radiomix": "radio",
    "radioedit": "radio",
    "mix": "mix",
    "mixed": "mix",
    "mixx": "mix",
    "mx": "mix",
    "orchestral": "orchestral",
    "piano": "piano",
    "tool": "tool",
    "loop": "loop",
    "cover": "cover",
    "nightcore": "nightcore",
    "slowed": "slowed",
    "sped": "sped up",
    "quantized": "edit",
    "quantised": "edit",
    "reversed": "reversed",
}

# These make any bracket that holds them the name of a version, wherever they stand in it.
DECISIVE: Final = _words("""
    remix remixed remixes rmx rmix remx rework reworked rewerk refix refixed rerub rerubbed
    relick reedit redit bootleg instrumental instrumentals instr acapella acappella accapella
    accappella acapela karaoke vip megamix rerecorded rerecording percapella dubplate bonusbeats
    minimix dubmix clubmix radiomix radioedit
    nightcore mashup slowed sped""")

# These do so as the last word: `(Sunset Dub)` is a version, `(Dub Be Good To Me)` is a subtitle.
DECISIVE_AT_END: Final = _words("""
    mix mixx mx mixed dub dubb dubwise edit edited flip revision version versions take outtake
    session sessions reconstruction reinterpretation interpretation remake revamp revibe retouch
    reprise demo live rub boot vocal inst riddim rhythm acoustic excerpt revisited reworking
    special tool""")

# And these as the last word in brackets alone: `(Portishead Experience)`; `Artist - Breakdown` is
# a track of that name.
DECISIVE_IN_BRACKETS: Final = _words("""
    reshape reshaped revamped reform reformed recut redux remodel remodelled rethink retwist
    reloaded overhaul treatment experience excursion breakdown variation adaptation""")

# Nouns that say no more than "a version": `Radio Mix`, `Radio Version` and `Radio` are one.
PLAIN_NOUNS: Final = frozenset({"mix", "version"})

# `Edit` adds nothing to a short version: `Radio Edit` is `Radio Mix`, `Single Edit` the single.
SHORT_KINDS: Final = frozenset({"radio", "single", "7-inch", "short", "video", "clean"})

# No version at all and these are the same recording: what the label calls its plain version.
NEUTRAL: Final = _words("""
    original orig originale org originalmix album lp ep main full length standard regular normal
    proper explicit uncut stereo mono official audio master studio vinyl cd""")

# A new transfer of the same recording; said in the reason and otherwise set aside.
REMASTER: Final = _words(
    "remaster remastered remastering remasterized remasterise remasterizado rm"
)
BESIDE_REMASTER: Final = _words(
    "digital digitally digitaly deluxe edition anniversary 24bit bit hd"
)

# Said together or alone they are one: `Extended 12" Mix`, `12" Mix`; `7" Radio Edit`, `7" Edit`.
STACKED_KINDS: Final = (
    frozenset({"12-inch", "extended"}),
    frozenset({"7-inch", "radio", "single", "edit"}),
)

# Kinds that are often two names for one take. Only durations that agree make them the same.
CLOSE_KINDS: Final = (
    frozenset({"12-inch", "extended"}),
    frozenset({"7-inch", "single", "radio", "edit", "short"}),
    frozenset({"rework", "remix", "revision", "refix", "flip"}),
    frozenset({"edit", "remix", "rework"}),
    frozenset({"bootleg", "remix", "edit", "mashup"}),
    frozenset({"12-inch", "club"}),
    frozenset({"dub", "version"}),
    frozenset({"instrumental", "version"}),
)

# Words inside a version's name that neither name anyone nor tell two versions apart.
FILLERS: Final = _words(
    "the a an by of and s in from feat with dj mc for on to at his her their official"
)

# A live take is named by its place: `(Live At Wembley)`.
LIVE_AT: Final = _words("at in from on with aid lounge recording bbc performance concert")

# Names of mixes that are styles: `Hip House Mix` is no fuller way to write `House Mix`.
STYLES: Final = _words("""
    house techno disco jungle acid ambient trance garage hop jazz soul funk funky rock latin street
    deep hard night day morning summer dance beach electro dubstep tribal old new main uk us""")

# An album whose title says that everything on it was played before an audience.
LIVE_ALBUM: Final = (
    r"^live\b(?! (?:and|your|it|through|forever|evil|after))"
    r"|\blive (?:at|in|from|on)\b|\bunplugged\b"
    r"|\bin concert\b|\blive$|\bpeel sessions?\b|\bbbc sessions?\b"
)

# --- Credits ------------------------------------------------------------------------------------

FEATURING: Final = ("featuring", "feat", "ft", "starring")

# What joins the names of a credit, with blanks around: `x` splits `A x B`, not `Xpander`.
JOINS: Final = (
    "versus", "vs", "presents", "pres", "present", "introducing", "meets", "b2b", "with", "and",
    "und", "et", "y", "con", "x", "w", "mit", "aka", "a.k.a", "as",
)  # fmt: skip

# Credits that name nobody.
NOBODY: Final = _phrases("""
    various;various artists;various artist;va;v a;unknown;unknown artist;unknown artists;
    artist unknown;no artist;not on label;n a;na;none;diverse;diverse interpreten;verschiedene;
    varios;varios artistas;artistes divers;aa vv;artisti vari;untitled artist;artist;
    compilation;misc;sconosciuto;unbekannt;unbekannter interpret;artiste inconnu;
    artista desconocido;soundtrack;ost;original soundtrack;anonymous;traditional;trad""")

# Left out when two names are compared: `DJ Hell` and `Hell`, `The Prodigy` and `Prodigy`.
TITLES_OF_PEOPLE: Final = frozenset({"dj", "mc", "the", "dr", "mr"})

# Last words of a group's name, which are no surname: `The Band` is not the `Steve Miller Band`.
ENSEMBLES: Final = _words("""
    band orchestra ensemble quartet quintet sextet trio group choir stars crew brothers sisters
    sound system project experience family machine revolution players people boys girls""")

# What a group is when it is named for its leader: `The Dave Brubeck Quartet`, `Dave Brubeck`.
LED_GROUPS: Final = _words("""
    band orchestra ensemble quartet quintet sextet septet octet trio duo group combo allstars
    orch orquesta orchester""")

# What a land behind a name tells two artists of one name apart: `Bad Company UK`, `Break (UK)`.
LANDS: Final = _words("uk us usa gb de it fr nl be ie au nz ca jp br se no dk es pt pl ru")

# Names as they are abbreviated on labels.
NAMES_IN_SHORT: Final[Mapping[str, str]] = {
    "bros": "brothers",
    "orch": "orchestra",
    "st": "saint",
    "lil": "little",
    "mister": "mr",
}

# By language: `La Mer` is `Mer`, and `Das Modell` is not `The Model`.
ARTICLES_BY_LANGUAGE: Final = (
    _words("the a an"),
    _words("le la les el los"),
    _words("der die das"),
)
ARTICLES: Final = frozenset(word for words in ARTICLES_BY_LANGUAGE for word in words)

# --- Titles -------------------------------------------------------------------------------------

# Titles that hundreds of records share: with the artist alone they identify nothing.
GENERIC_TITLES: Final = _phrases("""
    untitled;no title;unknown;unknown title;title;sans titre;ohne titel;senza titolo;intro;
    introduction;outro;interlude;skit;prelude;overture;finale;epilogue;prologue;ouverture;
    theme;main theme;main title;end title;opening;ending;reprise;bonus;bonus track;bonus beat;
    bonus beats;hidden track;instrumental;acapella;dub;version;remix;mix;edit;live;track;side;
    side a;side b;a side;b side;medley;megamix;loop;locked groove;lock groove;beat;
    beats;scratch;tool;dj tool;test;test pressing;blank;original;original mix;
    radio edit;allegro;adagio;andante;presto;largo;allegretto;moderato;scherzo;menuetto;minuet;
    rondo;vivace;lento;allegro con brio;allegro ma non troppo;andante cantabile;adagio cantabile;
    allegro molto;molto allegro;allegro vivace;kyrie;gloria;credo;sanctus;agnus dei;
    aria;toccata;fugue;prelude and fugue""")

# `Part 2`, `Pt. II` and `Part Two` are one; so are `Vol.` and `Volume`, `No.` and `#`.
PART_WORDS: Final[Mapping[str, str]] = {
    "part": "part",
    "parts": "part",
    "pt": "part",
    "pts": "part",
    "parte": "part",
    "partie": "part",
    "teil": "part",
    "volume": "volume",
    "vol": "volume",
    "vols": "volume",
    "no": "number",
    "nr": "number",
    "num": "number",
    "number": "number",
    "nummer": "number",
    "chapter": "chapter",
    "episode": "episode",
    "phase": "phase",
    "act": "act",
    "movement": "movement",
    "lesson": "lesson",
    "side": "side",
    "disc": "disc",
}

# Catalogues of a composer's works: often left out on one of the two sides.
OPUS_WORDS: Final = frozenset({"op", "opus", "bwv", "k", "kv", "hob", "rv", "woo", "hwv", "d"})

NUMBER_WORDS: Final[Mapping[str, str]] = {
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "eleven": "11",
    "twelve": "12",
    "thirteen": "13",
    "twenty": "20",
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "sixty": "60",
    "seventy": "70",
    "eighty": "80",
    "ninety": "90",
}

ROMAN: Final[Mapping[str, str]] = {
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
    "xi": "11",
    "xii": "12",
    "xiii": "13",
}
# One letter alone is a number only where nothing else makes sense: after `Part`, or before a dot.
ROMAN_LETTERS: Final[Mapping[str, str]] = {"i": "1", "v": "5", "x": "10", "one": "1"}

# `Nothing Compares 2 U`.
SPOKEN: Final[Mapping[str, str]] = {
    "2": "to",
    "too": "to",
    "4": "for",
    "u": "you",
    "ur": "your",
    "r": "are",
    "b": "be",
    "n": "and",
    "e": "and",
    "y": "and",
    "et": "and",
    "und": "and",
    "luv": "love",
    "da": "the",
    "nite": "night",
    "thru": "through",
    "cuz": "because",
    "cause": "because",
    "coz": "because",
    "gonna": "going to",
    "wanna": "want to",
    "til": "until",
    "till": "until",
    "ya": "you",
    "em": "them",
    "tha": "the",
    "yer": "your",
    "mister": "mr",
    "lil": "little",
    "trax": "tracks",
    "one": "1",
}

# What shops, rippers and players add to a title and no musician ever wrote. Matched against the
# whole of a bracket, folded.
NOISE_BRACKETS: Final = (
    r"(?:hd|hq|full hd)(?: \d{3,4}p)?|\d{3,4}p(?: hd| hq)?|"
    r"explicit|clean version available|bonus(?: track)?|free (?:download|dl)|hq|hd|"
    r"(?:hi ?q|high quality)|vinyl(?: ?rip| only)?|vinylrip|320(?: ?kbps)?|128|192|256|flac|wav|"
    r"mp3|aiff?|official (?:audio|music)|audio|lyrics?|lyric video|out now|premiere|"
    r"(?:theme )?from .*|.*soundtrack|mastered|(?:.* )?edition|bonus (?!beat).*|.* bonus|"
    r"kbps|cd ?rip|cdr|web|promo|prod(?:uced)?(?: by)? .*|full|exclusive|"
    r"(?:https? )?www .*|.* (?:com|net|org)|copy|[0-9]{2,3} ?bpm|digital bonus(?: track)?|mono|"
    r"stereo|album track|taken from .*|forthcoming .*|stem|out soon|side [a-d]|"
    r"(?:cd|disc|disk) ?[0-9]"
)

# What a video downloader or a ripper adds outside of any bracket.
NOISE_TAIL: Final = (
    r"(?:[\s_-]+(?:(?:128|192|256|320)\s?(?:kbps|kbs|k)|1080p|720p|HD|HQ|(?i:www\.\S+\.\w{2,})"
    r"|(?i:(?:[6-9]\d|1\d\d)\s?bpm)|\[(?:[6-9]\d|1\d\d)\]|(?<=\)\s)1\d\d"
    r"|(?:HQ|HD)\s(?i:audio|video)))+\s*$"
)

# What a scene release says of itself between the title and the group's name.
SCENE_TAIL: Final = (
    r"(?:\s-\s(?:vinyl|vls|web|cdm?|cds|ep|lp|promo|retail|bpm|320|flac|(?:19|20)\d\d))+\s*$"
)
