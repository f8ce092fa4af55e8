"""What personal data look like in Japanese tables: numbers, phones, mail addresses, names, dates, addresses.

Every function here looks at one value or one column name and says what it resembles; whether that is a leak
is decided where the whole column and its neighbours are known.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from odtool.later import later
from odtool.text import DASHES, narrow

# Telephone numbers of mobile services begin with 070, 080 or 090 and have eleven digits.
# Source: 総務省 電気通信番号制度（音声伝送携帯電話番号）.
_MOBILE = later(r"(?<![0-9])0[789]0(?:[0-9]{8}|[-() .]{1,2}[0-9]{4}[-() .]{1,2}[0-9]{4})(?![0-9])")
_TWELVE = later(r"(?<![0-9A-Za-z.+-])(?:[0-9]{12}|[0-9]{4}([- ])[0-9]{4}\1[0-9]{4})(?![0-9A-Za-z.-])")
_TWELVE_ANYWHERE = later("[0-9]{4}[- ]?[0-9]{4}[- ]?[0-9]{4}")
_MAIL = later(r"[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")

# Domains under which people have addresses of their own: mobile carriers and free mail.
PERSONAL_DOMAINS = frozenset(
    {"gmail.com", "googlemail.com", "yahoo.co.jp", "ymail.ne.jp", "yahoo.ne.jp", "yahoo.com", "outlook.jp", "outlook.com",
     "hotmail.com", "hotmail.co.jp", "live.jp", "msn.com", "icloud.com", "me.com", "mac.com", "docomo.ne.jp",
     "ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp", "vodafone.ne.jp", "disney.ne.jp", "ymobile.ne.jp",
     "y-mobile.ne.jp", "uqmobile.jp", "rakumail.jp", "willcom.com", "pdx.ne.jp", "emobile.ne.jp", "aol.com", "aol.jp",
     "excite.co.jp", "goo.jp", "mail.goo.ne.jp", "infoseek.jp", "proton.me", "protonmail.com", "gmx.com"}
)  # fmt: skip

# A value in which none of these is found holds no phone, mail address or number of a person. Without look-around,
# so that a column library can search a whole column for them.
PHONE_SIGNS = f"[0０][7-9７-９][0０][-{DASHES}（(）) 　.．0-9０-９]"
MAIL_SIGNS = "[@＠]"
_JOINED = f"[-{DASHES} 　]?"  # every dash that `narrow` makes a hyphen
NUMBER_SIGNS = f"[0-9０-９]{{4}}{_JOINED}[0-9０-９]{{4}}{_JOINED}[0-9０-９]{{4}}"
_SIGNS = later(f"{MAIL_SIGNS}|{PHONE_SIGNS}|{NUMBER_SIGNS}")

_REMEMBERED = 4_096  # answers kept for values that come again; bounded, as cells can be of any size


def has_signs(text: str) -> bool:
    """Whether anything in the text (a value, or many joined by line breaks) deserves a closer look."""
    return _SIGNS.search(text) is not None


def mobile(value: str) -> str | None:
    """The first mobile telephone number in the value, as written there in half width."""
    found = _MOBILE.search(narrow(value))
    return found[0] if found else None


def personal_mail(value: str) -> str | None:
    """The first mail address in the value under a domain for private people."""
    for found in _MAIL.finditer(narrow(value)):
        domain = found[1].lower()
        if any(domain == known or domain.endswith(f".{known}") for known in PERSONAL_DOMAINS):
            return found[0]
    return None


def has_check_digit(digits: str) -> bool:
    """Whether twelve digits are a well-formed individual number. One in ten of any twelve digits is.

    Source: 行政手続における特定の個人を識別するための番号の利用等に関する法律の規定による通知カード及び個人番号カード
    並びに情報提供ネットワークシステムによる特定個人情報の提供等に関する省令 第五条.
    """
    total = sum(
        int(digit) * (n + 1 if n <= 6 else n - 5) for n, digit in enumerate(reversed(digits[:11]), start=1)
    )
    rest = total % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


def twelve_digits(value: str) -> str | None:
    """The first number of twelve digits in the value that is no time stamp; "" and None: there is none."""
    for found in _TWELVE.finditer(narrow(value)):
        digits = re.sub("[^0-9]", "", found[0])
        if not _is_moment(digits) and len(set(digits)) > 1:
            return digits
    return None


def is_twelve_digits(value: str) -> bool:
    """Whether the value is such a number and nothing else."""
    return _TWELVE.fullmatch(narrow(value)) is not None and twelve_digits(value) is not None


def of_twelve_digits(values: Sequence[str]) -> list[str]:
    """Those of the values that are such numbers; most columns are passed over as a whole."""
    if not _TWELVE_ANYWHERE.search(narrow("\n".join(values))):
        return []
    return [value for value in values if is_twelve_digits(value)]


def _is_moment(digits: str) -> bool:
    """Whether twelve digits read as year, month, day, hour and minute."""
    return bool(re.fullmatch("(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])[0-5][0-9]", digits))  # fmt: skip


SAYS_NUMBER = later("個人番号|マイナンバー|ﾏｲﾅﾝﾊﾞｰ|my ?number", re.IGNORECASE)

# --- what a column's name says ------------------------------------------------------------------------

_PERSON = later(
    "氏名|姓名|お名前|本人|世帯主|保護者|父母|父親|母親|児童名|生徒名|園児名|利用者名?$|申請者|申込者|受給者|患者名?|契約者|会員名|登録者|"
    "被保険者|納税者|滞納者|入居者|対象者名?$|要支援者|避難者|参加者名?$|受診者|使用者名?$|届出者|相続人|フルネーム|氏　名|名義人|家族|子の名|児の名"
)
_OFFICE = later(
    "代表|管理者|施設長|園長|校長|館長|院長|所長|開設者|設置者|理事長|会長|所有|作者|製作|制作|作家|講師|出演|監督|議員|首長|責任者|"
    "担当|医師|主催|指導|設計|施主|撮影|執筆|占有|保持|事業者|運営"
)
_BIRTH = later("生年月日|誕生日|出生|生まれ|birth", re.IGNORECASE)
_OTHER_DAY = later(
    "指定|登録|開設|更新|確認|設置|完成|建築|許可|認可|取得|有効|期限|開始|終了|公開|作成|調査|設立|竣工|交付|改修|購入|点検"
)
_HOME = later("自宅|現住所|住民票|本籍|居所|居住|実家|世帯住所|転入|転出|前住所")
_ADDRESS = later("住所|所在地|address", re.IGNORECASE)
_PHONE = later("電話|ＴＥＬ|TEL|連絡先|FAX|ＦＡＸ|携帯|ケータイ|スマホ|mobile|phone", re.IGNORECASE)
_OWN_PHONE = later("携帯|ケータイ|スマホ|mobile|自宅電話|緊急連絡先|本人.*電話", re.IGNORECASE)
_MAIL_LABEL = later("メール|ﾒｰﾙ|e-?mail|アドレス", re.IGNORECASE)
_CODE = later(
    r"コード|番号|ID|ＩＤ|No|ＮＯ|№|キー|管理|code|number|記号|型番|品番|バーコード|JAN", re.IGNORECASE
)
_SECRET = later(
    "被保険者番号|基礎年金|年金番号|口座番号|手帳番号|住民票コード|宛名番号|世帯番号|免許証番号|旅券番号|パスポート番号|要介護度|障害.*等級|"
    "病名|診断名|続柄|生活保護|滞納額?|所得額?|年収|国籍"
)


def names_a_person(label: str) -> bool:
    """Whether a column called so holds names of private people; of officers: `names_an_office`."""
    return bool(_PERSON.search(label)) and not names_an_office(label)


def names_an_office(label: str) -> bool:
    """Whether a column called so holds people who act for an organisation, or authors of works."""
    return bool(_OFFICE.search(label))


def names_birth(label: str) -> bool:
    return bool(_BIRTH.search(label))


def names_another_day(label: str) -> bool:
    """Whether a column of dates says that its dates are of something other than a birth."""
    return bool(_OTHER_DAY.search(label))


def names_home(label: str) -> bool:
    return bool(_HOME.search(label))


def names_address(label: str) -> bool:
    return bool(_ADDRESS.search(label))


def names_phone(label: str) -> bool:
    return bool(_PHONE.search(label))


def names_own_phone(label: str) -> bool:
    return bool(_OWN_PHONE.search(label))


def names_mail(label: str) -> bool:
    return bool(_MAIL_LABEL.search(label))


def names_code(label: str) -> bool:
    return bool(_CODE.search(label))


def names_secret(label: str) -> bool:
    """Whether a column called so holds what is told of people only: insurance, bank, care, debts, kinship."""
    return bool(_SECRET.search(label))


# --- values of a whole column ----------------------------------------------------------------------------

_COMMON_SURNAMES = (
    "佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邊 渡部 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 斉藤 齋藤 齊藤 清水 "
    "山崎 森 池田 橋本 阿部 石川 山下 中島 石井 小川 前田 岡田 長谷川 藤田 後藤 近藤 村上 遠藤 青木 坂本 福田 太田 西村 藤井 金子 "
    "岡本 藤原 三浦 中野 中川 原田 松田 竹内 小野 田村 中山 和田 石田 森田 上田 原 内田 柴田 酒井 宮崎 横山 高木 安藤 宮本 大野 "
    "小島 工藤 谷口 今井 高田 増田 丸山 杉山 村田 大塚 新井 小山 平野 藤本 河野 上野 野口 武田 松井 千葉 菅原 岩崎 木下 久保 佐野 "
    "野村 松尾 市川 菊地 菊池 杉本 古川 大西 島田 水野 桜井 高野 吉川 山内 西田 飯田 西川 小松 北村 安田 五十嵐 川口 平田 関 中田 "
    "久保田 服部 東 岩田 土屋 川崎 福島 本田 辻 樋口 永井 秋山 田口 山中 中西 吉村 川上 石原 大橋 松岡 馬場 浜田 森本 星野 矢野 "
    "浅野 大島 松下 吉岡 小池 野田 荒木 松浦 熊谷 黒田 尾崎 永田 川村 望月 田辺 荒井 内藤 松村 西山 大谷 平井 大石 岩本 片山 早川 "
    "横田 堀 岡崎 荻野 鎌田 成田 宮田 小田 石橋 篠原 須藤 河合 萩原 高山 大久保 小西 根本 栗原 松原 三宅 福井 富田 南 上原 奥村 "
    "小笠原 大川 小沢 小澤 白石 田島 児玉 関口 高島 大森 飯塚 澤田 沢田 桑原 川田 黒木 徳永 北川 三上 村井 広瀬 廣瀬 植田 今村 "
    "八木 堀内 西野 榎本 土井 中井 坂口 戸田 梅田 角田 津田 本間 牧野 落合 宇野 稲垣 稲葉 塚本 岸 岸本 奥田 森山 神田 甲斐 青山 "
    "藤川 藤村 堤 大和田 柳 柳沢 古賀 江口 日高 比嘉 金城 大城 宮城 新垣 玉城 島袋 平良 下田 梶原 緒方 長尾 長野 小泉 川端 河村"
)
_SURNAMES = frozenset(_COMMON_SURNAMES.split())
_COMMON_GIVEN = (
    "誠 明 勇 茂 清 隆 実 学 薫 渚 翼 蓮 翔 昇 進 修 聡 健 剛 亮 淳 徹 愛 恵 舞 遥 凛 豊 博 正 弘 浩 毅 守 稔 悟 司 保 猛 章 潤 "
    "翔太 大輔 健太 拓也 達也 直樹 和也 哲也 浩二 健一 健二 雄一 雄太 太郎 一郎 次郎 三郎 正雄 和夫 敏夫 義男 英樹 秀樹 直人 隼人 "
    "大翔 悠真 陽翔 湊 樹 律 蒼 颯太 大和 陸 陽太 悠斗 結衣 陽菜 葵 結菜 咲良 美咲 さくら 莉子 美羽 愛美 彩花 美穂 千尋 由美 裕子 "
    "陽子 恵子 和子 幸子 洋子 節子 久美子 由美子 真由美 明美 直美 智子 麻衣 千夏 七海 優花 香織 恵美 美香 理恵 花子 春香 美優 真央"
)
_GIVEN = frozenset(_COMMON_GIVEN.split())
_GIVEN_ENDS = "子美郎夫雄男一二三介輔樹太香奈恵代江枝也哉人斗翔大真彦治司志実菜花希里沙衣音乃莉佳織穂紀則之行史文広浩弘明昭信久吉助平"
_NO_PERSON = later("[園校館院所場店社寺宮城山川線駅町村丁区棟階号室課部局署庁会堂橋池島浜港道路台]$")
_TITLES = later("(?:様|さま|さん|氏|殿|くん|ちゃん)$")
_NAME_LIKE = later("[一-鿿々ヶ]{1,4} ?[一-鿿々ぁ-んァ-ヶー]{1,4}")
_SPACED = later("([一-鿿々ヶ]{1,4}) +([一-鿿々]{1,3}|[ぁ-ん]{2,5}|[ァ-ヶー]{2,5})")


@lru_cache(_REMEMBERED)
def is_person(value: str) -> bool:
    """Whether the whole value reads as a Japanese person's full name in kanji, with or without a space."""
    plain = _TITLES.sub("", value.replace("\u3000", " ").strip())
    if not 2 <= len(plain) <= 9:
        return False
    if found := _SPACED.fullmatch(plain):
        family, given = found[1], found[2]
        if family in _SURNAMES:
            return _given(given) or (len(family) > 1 and not _NO_PERSON.search(given))
        return given in _GIVEN or (
            len(given) >= 2 and given[-1] in _GIVEN_ENDS and not _NO_PERSON.search(family)
        )
    return any(plain[:n] in _SURNAMES and _given(plain[n:]) for n in (3, 2, 1) if len(plain) > n)


def is_like_a_name(value: str) -> bool:
    """Whether the value has the length and letters of a person's name: kanji and kana, at most one space."""
    return _NAME_LIKE.fullmatch(value.replace("\u3000", " ").strip()) is not None and not _NO_PERSON.search(
        value
    )


def _given(name: str) -> bool:
    if name in _GIVEN:
        return True
    return len(name) in (2, 3) and bool(re.fullmatch("[一-鿿々]+", name)) and name[-1] in _GIVEN_ENDS


_ORGANISATION = later(
    "[都道府県市区町村課局部室署]$|役場|役所|会社|法人|組合|センター|協会|事務所|user|admin|office",
    re.IGNORECASE,
)
_PROGRAMS = later(
    "openpyxl|xlsxwriter|apache poi|libreoffice|microsoft|excel|sheetjs|aspose|epplus", re.IGNORECASE
)


def author(name: str) -> bool | None:
    """Whether a name in a book's properties is a person's: probably (True), perhaps (False), or a program's (None)."""
    if _PROGRAMS.search(name):
        return None
    japanese = re.search("[ぁ-んァ-ヶ一-鿿]", name) is not None
    latin = re.fullmatch("[A-Z][a-z]+[ ,.]+[A-Z][A-Za-z]+", name) is not None
    return (japanese or latin) and not _ORGANISATION.search(name)


_DAY = later(
    r"(?:(1[89][0-9]{2}|20[0-9]{2})[-/.年] ?[0-9]{1,2}[-/.月] ?[0-9]{1,2}日?(?: 0{1,2}:00(?::00)?)?"
    r"|(1[89][0-9]{2}|20[0-9]{2})(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"|(明治|大正|昭和|平成|令和|[MTSHR])(元|[0-9]{1,2})[-/.年] ?[0-9]{1,2}[-/.月] ?[0-9]{1,2}日?)"
)
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018, "M": 1867, "T": 1911, "S": 1925,
         "H": 1988, "R": 2018}  # fmt: skip


@lru_cache(_REMEMBERED)
def year_of(value: str) -> int | None:
    """The year of a value that is a date in any usual way of writing; None where it is no date."""
    found = _DAY.fullmatch(narrow(value))
    if not found:
        return None
    if found[3]:
        return _ERAS[found[3]] + (1 if found[4] == "元" else int(found[4]))
    return int(found[1] or found[2])


_PLACE = later("^(?:.{2,3}[都道府県])?[^0-9]{1,8}[市区町村郡].*[0-9]")


@lru_cache(_REMEMBERED)
def is_address(value: str) -> bool:
    """Whether the value reads as a street address: a municipality, and a number behind it."""
    return _PLACE.search(narrow(value)) is not None
