"""The words, Turkish and English, by which a prompt is understood; folded, matched as prefixes."""

from __future__ import annotations

MOTIFS: dict[str, str] = {
    "mountain": "dag tepe zirve yamac vadi toros kackar agri uludag mountain peak summit"
    " everest hill ridge valley alps cliff yayla plateau",
    "sea": "deniz okyanus dalga kiyi sahil ada kumsal korfez liman marti balik ege akdeniz sea"
    " ocean wave shore coast beach island harbor harbour seagull marine tide fisherm gol lake",
    "lighthouse": "fener lighthouse beacon",
    "boat": "gemi tekne yelken kayik sandal vapur kaptan ship boat sail ferry captain vessel",
    "istanbul": "istanbul galata bogaz minare cami vapur beyoglu uskudar kadikoy halic mosque"
    " minaret bosphorus",
    "city": "sehir kent sokak cadde kule apartman metropol ankara izmir city street town skyline"
    " urban tower alley",
    "forest": "orman agac koru cam mese yaprak forest wood tree pine oak jungle grove",
    "space": "uzay gezegen galaksi yildiz evren kozmos roket astronot mars jupiter satürn saturn"
    " nebula space planet galax star universe cosmos cosmic rocket astronaut orbit alien uzayli"
    " gokyuzu gokada",
    "wind": "ruzgar esinti nefes muzik ezgi sarki dans akis ruya dus hayal zihin wind breeze music"
    " song melody dance flow dream mind breath jazz caz keman piyano violin piano",
    "order": "ekonomi teknoloji bilim sistem tasarim mimari yapay algoritma veri sanayi matematik"
    " felsefe economy technology science system design architect artificial algorithm data"
    " industry math philosoph geometr modern bauhaus robot yazilim software politik",
    "anatolia": "anadolu kilim hali bozkir koy yoruk turkmen motif nakis gelenek masali destan"
    " ottoman osmanli selcuk anatolia rug carpet steppe village folk tradition tribal cini",
    "flower": "cicek gul lale papatya bahce bahar menekse manolya zeytin sarmasik botanik flower"
    " rose tulip garden spring bloom blossom botan leaf leaves olive ivy petal herb meadow",
    "journey": "yolculuk yol harita kesif seyahat gocmen goc gezi kervan sinir pusula journey"
    " road map travel explor route trail migrat compass path adventure macera sefer",
    "desert": "kapadokya cappadocia col kum kumul sahra vaha desert dune sand sahara oasis",
    "rain": "yagmur saganak firtina islak camda rain storm drizzle wet thunder umbrella semsiye",
    "crime": "cinayet dedektif polisiye katil suc gizem sir karanlik golge korku gerilim murder"
    " perili hayalet detective crime killer haunted ghost mystery shadow noir thriller horror"
    " secret suspense casus spy",
    "child": "cocuk masal oyuncak minik sevimli dede nine anneanne oyun peri child kid fairy tale"
    " toy cute playful bedtime grandm grandf",
    "love": "ask sevgi kalp sevda tutku opucuk dugun romantik love heart romance passion kiss"
    " wedding beloved",
    "war": "savas asker cephe zafer imparator kral tarih canakkale devrim war soldier battle empire"
    " king queen history revolution victory throne sultan",
    "gold": "altin hazine ihtisam gorkem sinema luks deco gatsby gold treasure glamour luxury"
    " cinema theatre tiyatro sahne caz",
    "sun": "gunes gundogumu gunbatimi dogum safak sun sunrise sunset dawn",
    "moon": "ay aysig dolunay mehtap hilal moon lunar crescent",
    "winter": "kis kar buz soguk don karli winter snow ice frost cold frozen",
    "bird": "kus marti guvercin turna serce kartal leylek bird dove crane eagle swallow stork"
    " seagull kirlangic karga crow raven",
    "cat": "kedi cat kitten",
    "key": "anahtar kapi kilit key door lock",
    "book": "kitap kutuphane defter mektup okur yazar gunluk book library letter novel reader"
    " writer diary",
    "time": "zaman saat hatira ani gecmis gelecek saniye time clock hour memory past future watch",
    "eye": "goz bakis ayna gorme eye mirror vision sight",
    "house": "ev konak yali kosk pencere baca yuva house home mansion window cottage chimney",
    "fish": "balik fish whale balina yunus dolphin",
    "feather": "tuy kalem siir sair feather quill pen poet",
    "tree": "agac cinar tree",
    "horse": "at kisrak horse",
    "abstract": "soyut desen sekil minimal sade abstract pattern shape minimalist",
    "aurora": "kuzeyisik aurora northern",
    "autumn": "sonbahar guz hazan yaprak autumn leaves october november",
    "city_night": "neon lamba sokak trafik lamp traffic nightlife",
}

COLOURS: dict[str, tuple[str, str]] = {
    "red": ("#c8322b", "kirmizi kizil mars red scarlet crimson"),
    "burgundy": ("#7a1f35", "bordo visne burgundy maroon wine"),
    "orange": ("#e07a2c", "turuncu portakal orange amber kehribar"),
    "yellow": ("#e8b92f", "sari yellow mustard hardal"),
    "green": ("#3f7d4e", "yesil green zumrut emerald"),
    "olive": ("#75793a", "haki olive"),
    "turquoise": ("#1fa3a0", "turkuaz camgobegi turquoise teal cyan"),
    "blue": ("#2b62b0", "mavi blue"),
    "navy": ("#1b2a57", "lacivert navy indigo civit"),
    "purple": ("#6a3f93", "mor eflatun purple violet"),
    "lilac": ("#a58cc9", "lila leylak lilac lavender lavanta"),
    "pink": ("#d9708f", "pembe pink fusya magenta"),
    "brown": ("#75492e", "kahverengi brown toprak kahve"),
    "beige": ("#cdb48a", "bej beige krem cream"),
    "grey": ("#7b8088", "gri grey gray gumus silver"),
    "black": ("#17171b", "siyah kara black"),
    "white": ("#f1efe9", "beyaz white"),
}

TIMES: dict[str, str] = {
    "dawn": "safak gundogumu dogum sabah seher dawn sunrise morning",
    "day": "gunduz ogle gunesli day noon sunny daylight",
    "dusk": "gunbatimi aksam alacakaranlik batim batar batis batan dusk sunset evening twilight",
    "night": "gece geceyarisi karanlik yildiz dolunay mehtap ay aysig night midnight moon star"
    " starry dark aurora northern",
}

WEATHERS: dict[str, str] = {
    "fog": "sis pus duman fog mist haze",
    "rain": "yagmur saganak firtina rain storm drizzle",
    "snow": "kar kis buz tipi snow winter blizzard frost",
    "clear": "acik berrak gunesli clear sunny",
}

MOODS: dict[str, str] = {
    "calm": "dingin sakin huzur sessiz durgun yumusak calm peace quiet serene still gentle soft",
    "dark": "karanlik kasvet korku urkutucu gizem gerilim olum kara dark grim fear eerie mystery"
    " haunted death noir thriller cinayet murder",
    "warm": "sicak sevgi neseli mutlu umut altin warm happy joy hope love cheerful summer yaz",
    "sad": "huzun yalniz keder veda ozlem ayrilik sad lonel grief farewell melanchol longing"
    " nostalg hasret",
    "lively": "enerji canli hareket cosku macera renkli lively energ vivid adventure colour color"
    " dynamic bold",
}

LOOKALIKES = frozenset(
    [
        "kara",
        "kari",
        "karin",
        "more",
        "adam",
        "anne",
        "ayi",
        "ates",
        "yasam",
        "isin",
        "sira",
        "sure",
        "alin",
    ]
)
