"""The strings that the tokenizer references are made of: what people type into a shop, and what breaks a tokenizer."""

from __future__ import annotations

import random
import unicodedata

TITLES = [
    "Wool-blend coat, double-breasted, camel", "Ladies' red summer dress w/ pockets", "Kids rain boots size 28, yellow duck print",
    "Men's slim-fit stretch chinos (navy)", "USB-C to HDMI adapter 4K@60Hz", "Stainless steel water bottle, 750 ml, BPA-free",
    "LED desk lamp 12W dimmable, 3000K-6500K", "Ceramic mug \"Good Morning\" 0.35l", "Noise-cancelling over-ear headphones WH-1000",
    "13.3\" laptop sleeve, felt, grey/anthracite", "Oak dining chair, set of 2", "Trail running shoes GTX women's EU 39 1/3",
    "T-shirt 100% organic cotton 180g/m²", "1TB NVMe SSD PCIe 4.0 x4 (7,000MB/s)", "Baby onesie 0–3 months, 3-pack",
    "Cast-iron skillet Ø 26cm", "Sofa cover L-shaped, anti-slip, 235–310 cm", "Replacement filter for XJ-200/XJ-210, 2pcs",
    "Gift card €50", "Bluetooth® speaker IPX7 waterproof", "Face cream SPF 50+, 50 ml", "Dog bed XL 120x80x20cm",
    "Levi-style 501 jeans W32/L34", "Vitamin D3 + K2, 180 capsules", "Espresso machine 15-bar, 1.8L tank",
    "Smart watch, GPS & heart-rate", "Yoga mat 6mm non-slip TPE", "Silk scarf 90×90", "Backpack 25L roll-top, recycled PET",
    "Fountain pen F-nib, ink: blue-black", "Polarised sunglasses UV400", "Wireless mouse 2.4GHz 1600dpi", "No. 5 eau de parfum 100ml",
    "Toddler's dinosaur pyjamas (2T-5T)", "Bamboo cutting board 40 x 30 x 2 cm", "Tempered glass for A54 5G [2-pack]",
    "Memory foam pillow - 60x40", "Hand-knotted rug, 5'3\" x 7'7\"", "Women's ankle boots, faux suede, 4\" heel", "Curtain rod 120-210cm; matt black",
]
QUERIES = [
    "red dress", "running shoes under 50", "iphone case", "gift for dad", "something warm for winter", "waterproof jacket men xl",
    "cheap 4k monitor 27 inch", "blue mug", "chairs like the one in my kitchen", "desk lamp no glare", "shoes that dont hurt",
    "tv 55 zoll", "zapatos negros mujer", "robe d'été fleurie", "schwarze Handtasche Leder", "cuffie bluetooth", "kinderfiets 16 inch",
    "sukienka czerwona", "červené šaty", "piros ruha", "kırmızı elbise", "punainen mekko", "rød kjole", "váy đỏ", "vermelho vestido tênis",
    "красное платье", "червона сукня", "кроссовки 42 размер", "κόκκινο φόρεμα", "שמלה אדומה", "लाल पोशाक", "ชุดเดรสสีแดง", "빨간 원피스", "নীল শাড়ি", "சிவப்பு ஆடை",
    "wat kost dit?", "where is my order #12345", "refund pls!!!", "HELLO", "hElLo WoRlD", "t shirt", "tshirt", "t-shirt", "tee-shirts", "TSHIRTS",
]
CHINESE = [
    "红色连衣裙", "男士运动鞋", "蓝色陶瓷马克杯", "儿童雨靴 黄色", "手机壳 iPhone 15", "北欧风格台灯", "实木餐椅两把装", "纯棉T恤 大码", "无线蓝牙耳机（降噪）", "不锈钢保温杯500毫升",
    "送女朋友的生日礼物", "冬季加厚羽绒服", "價格便宜的背包", "繁體中文：真皮手提包", "55寸4K电视", "面霜，保湿；补水", "“新款”太阳镜", "打折促销！！！", "１２３４５　全角数字", "㐀𠀀𪚥生僻字",
]
JAPANESE = [
    "赤いワンピース", "ランニングシューズ メンズ", "マグカップ(青)", "子供用レインブーツ", "ｽﾏﾎｹｰｽ 半角カナ", "ワイヤレスイヤホン・ノイズキャンセリング", "木製の椅子２脚セット", "がぎぐげご ぱぴぷぺぽ", "誕生日プレゼント　父", "デスクランプ〜調光〜",
]
ARABIC = [
    "فستان أحمر", "حذاء رياضي للرجال", "كوب أزرق", "حقيبة جلدية سوداء", "مُحَمَّد", "هدية عيد ميلاد", "٣ قطع بسعر ٢", "لباس قرمز", "جوتے مردانہ", "السعر: ١٥٠ ريال",
]
ACCENTED = [
    "café crème", "crème brûlée torch", "jalapeño piñata", "Ångström lamp", "smörgåsbord för två", "Übergröße Größe 48", "naïve façade", "Dvořák stůl", "Łódź łóżko",
    "São João coração", "Đà Nẵng áo dài", "İstanbul ışık", "ĳsland œuvre æther", "Škoda žlutý kůň", "fiancée résumé", "ñandú ÑANDÚ", "ÀÉÎÕÜ", "ẞ straße STRASSE", "ǆ ǅ Ǆ", "Å Å Å",
]
EMOJI = [
    "👗", "👟🔥", "red dress 👗❤️", "👩‍👩‍👧‍👦 family shirt", "🏳️‍🌈 flag", "👍🏽 ok", "🇫🇷 🇯🇵", "1️⃣2️⃣#️⃣", "👨🏾‍💻 desk", "☕ mug", "☎ phone", "☺︎ ☺️", "🧑‍🚀🪐", "🦄🦄🦄", "🫠", "❤️‍🔥", "🎁🎄 sale -50%", "✔✗★☆", "→ ← ↑", "①②③ Ⅳ ½",
]
PUNCTUATION = [
    "...", "!!!", "?", "a.b.c", "don't can't won't", "it's the shop's", "I'LL WE'VE THEY'RE", "‘quoted’ “text”", "a--b—c–d", "(((nested)))", "[MASK] is not a word", "[CLS] [SEP] [PAD] [UNK]", "[mask]",
    "<|endoftext|>", "<|startoftext|> x", "</w> <w>", "##ing", "# hash ## two", "under_score snake_case_name", "a/b\\c|d", "~`^*+=", "$1,299.99", "£9.50 €10 ¥1000 ₹499 ₿", "50% off", "C++ C# F# .NET", "AT&T R&D", "semi;colon:colon", "e-mail@example.org", "3.14159", "1e-9 0x1F",
    "&amp; &lt;b&gt; &#39;", "<p>Soft <b>cotton</b> shirt</p>", "<br/>line<br />line", "<a href=\"https://example.org/p?id=1&x=2\">link</a>", "https://example.org/shop/shoes?size=42#reviews", "http://localhost:8080", "www.example.org", "user:pass@host", "C:\\temp\\file.txt", "{\"title\": \"shoe\", \"price\": 10}", "SELECT * FROM products;",
    "『二重』「引用」", "。、！？", "¿Qué? ¡Sí!", "«guillemets»", "…", "․‥…", "‰ ‱", "™ ® ©", "№ 5", "°C °F", "µm μm Ωm Ωm", "x² x³ H₂O", "ﬁne ﬂow oﬀer", "ｆｕｌｌｗｉｄｔｈ", "𝓯𝓪𝓷𝓬𝔂 𝐛𝐨𝐥𝐝",
]
BROKEN = [
    "", " ", "   ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2003\u2009", " leading", "trailing ", "  both  ", "two  spaces", "three   spaces   here", "tab\tseparated\tvalues", "line\nbreak", "cr\rlf\r\n", "multi\n\n\nbreak", "nul\x00byte", "\x01\x02\x03", "bell\x07",
    "esc\x1b[31mred\x1b[0m", "del\x7f", "c1\x85next\x9fline", "zero\u200bwidth", "zwj\u200djoin", "zwnj\u200cnon", "soft\u00adhyphen", "bom\ufeffinside", "\ufeffbom first", "replacement \ufffd char", "\u202ertl override\u202c", "\u2028line sep\u2029para sep", "private \ue000 use", "variation \ufe0f alone", "tag \U000e0041 char", "noncharacter \uffff",
    "combining \u0301 alone", "\u0301", "a\u0301\u0302\u0303\u0304", "Z̵̡͔a̷l̸g̶o̴", "a" * 99, "a" * 100, "a" * 101, "a" * 250, "supercalifragilisticexpialidocious" * 4, "漢" * 120, "é" * 101, "0" * 120, "ab-" * 60, "!" * 130, "word " * 80,
    "x" * 100 + " short " + "y" * 101, "ünïcödé" * 20, "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
]
ADJECTIVES = "red navy olive vintage foldable waterproof kids' extra-long hand-made organic matte ultra-light thermal striped floral".split()
NOUNS = "dress sneaker mug floor-lamp armchair backpack wristwatch parka headset umbrella kettle notebook blender cushion sandal".split()
TAILS = ["", ", size M", " (2-pack)", " 500ml", " – new!", " for her", " EU 42.5", " 12V/5A", " 3-in-1", " @home", " 20×30cm", " nº7"]


def composed(count: int, seed: int) -> list[str]:
    """Titles from parts, in changing case."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        text = f"{chance.choice(ADJECTIVES)} {chance.choice(NOUNS)}{chance.choice(TAILS)}"
        made.append(chance.choice([str, str.title, str.upper, str.capitalize])(text))
    return made


def scrambled(count: int, seed: int) -> list[str]:
    """Random characters of many blocks, with spaces between some of them."""
    chance = random.Random(seed)
    blocks = [(0x20, 0x7E), (0xA0, 0xFF), (0x100, 0x17F), (0x370, 0x3FF), (0x400, 0x4FF), (0x590, 0x5FF), (0x600, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F),
              (0x1E00, 0x1EFF), (0x2000, 0x206F), (0x20A0, 0x20BF), (0x2190, 0x21FF), (0x3040, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xFF00, 0xFFEF), (0x1F300, 0x1F64F)]
    made = []
    for _ in range(count):
        picked = [chance.choice(blocks) for _ in range(2)]
        made.append("".join(chr(chance.randint(*chance.choice(picked))) if chance.random() > 0.2 else " " for _ in range(chance.randint(3, 24))))
    return made


def numbers(count: int, seed: int) -> list[str]:
    """Sizes, prices, dimensions and part numbers."""
    chance = random.Random(seed)
    forms = ["{a} x {b} cm", "{a}x{b}x{c}mm", "€{a}.{b:02d}", "{a},{b:03d}.{c:02d}", "{a}/{b}", "-{a}°C", "{a}V {b}mAh", "SKU-{a}{b}-{c}", "EU{a} / US {b}", "{a}–{b} years", "{a}% + {b}%", "{a}GB+{b}TB", "Nr.{a}", "{a}'{b}\"", "v{a}.{b}.{c}"]
    return [chance.choice(forms).format(a=chance.randint(1, 99), b=chance.randint(1, 99), c=chance.randint(1, 99)) for _ in range(count)]


def strings() -> list[str]:
    """All strings, each once, in a fixed order."""
    accents = [unicodedata.normalize(form, text) for text in ACCENTED for form in ("NFC", "NFD")]
    mixed = [f"{a} {b}" for a, b in zip(TITLES, CHINESE + JAPANESE + ARABIC)]
    glued = [f"{a}{b}" for a, b in zip(QUERIES, EMOJI + CHINESE)]
    everything = TITLES + QUERIES + CHINESE + JAPANESE + ARABIC + accents + EMOJI + PUNCTUATION + BROKEN + mixed + glued
    everything += composed(90, 1) + numbers(60, 2) + scrambled(120, 3)
    return list(dict.fromkeys(everything))
