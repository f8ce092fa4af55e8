"""Every finding about a file that is no table: its public code, its severity, its sentence in both languages.

A sentence says what was found and what to do; the place stands before it. Codes are never used again for
something else.
"""

from odtool.assets.model import Severity

SAYINGS: dict[str, tuple[Severity, str, str]] = {
    # any file
    "empty": (
        "error",
        "ファイルが空です（0バイト）。元のファイルを確かめて、作り直してください。",
        "The file is empty (0 bytes). Look at the original and make it again.",
    ),
    "changed-while-read": (
        "error",
        "読んでいる間にファイルが変わりました。書き込みが終わってから、もう一度実行してください。",
        "The file changed while it was read. Run again when nothing writes to it any more.",
    ),
    "kind-differs": (
        "error",
        "拡張子は {suffix} ですが、中身は {found} です。正しい拡張子にするか、正しいファイルに差し替えてください。",
        "It is called {suffix} but holds {found}. Correct the extension, or put the right file in its place.",
    ),
    "executable": (
        "error",
        "実行できるプログラム（{what}）です。オープンデータには入れないでください。",
        "It is a program that can be run ({what}). Leave it out of open data.",
    ),
    "not-checked": (
        "hint",
        "{what} の中身を確かめる方法がないため、大きさとハッシュ値だけを記録しました。中身は確認していません。",
        "There is no way here to check the contents of {what}: only size and checksum were taken. Not checked.",
    ),
    "not-checked-in-full": (
        "warning",
        "{why}ので、全部は確認していません。",
        "Not checked to its end: {why_en}.",
    ),
    "table": (
        "error",
        "表のデータです。ここでは個人情報や値の誤りを確認しないので、odtool validate で確認し、odtool publish で公開してください。",
        "It is a table. Personal data and values are not checked here: use odtool validate and odtool publish.",
    ),
    "office-document": (
        "hint",
        "編集できる文書（{what}）です。中身と、文書の情報に残る作成者名は確認していません。PDF か HTML での公開も検討してください。",
        "It is an office document ({what}). Its text and the names in its properties were not checked; consider PDF or HTML.",
    ),
    "lock-file": (
        "error",
        "Office が編集中に作る一時ファイルです。編集した人の名前が入っています。公開する物から除いてください。",
        "It is a temporary lock file of Office and holds the name of the person editing. Leave it out.",
    ),
    "litter": (
        "warning",
        "OS が作る作業用のファイルです。公開する物から除いてください。",
        "It is a working file of the operating system. Leave it out.",
    ),
    "macro": (
        "error",
        "マクロ（プログラム）が入っています。マクロのない形式で保存し直してください。",
        "It contains macros. Save it again in a form without macros.",
    ),
    "truncated": (
        "error",
        "途中で切れています。{declared} バイトまであるはずですが、{size} バイトしかありません。元からコピーし直してください。",
        "It is cut off: it should reach to byte {declared} but has {size}. Copy it again from the original.",
    ),
    "broken": (
        "error",
        "{what} として読めません（{detail}）。作成したソフトで開けるか確かめ、書き出し直してください。",
        "It cannot be read as {what} ({detail_en}). See whether the program that made it opens it, and export it again.",
    ),
    "checksum-differs": (
        "error",
        "記述ファイルに書かれたハッシュ値と違います（書かれた値 {declared}…、実際 {found}…）。ファイルか記述のどちらが正しいか確かめてください。",
        "Its checksum is not the one stated ({declared}… stated, {found}… found). Find out which of the two is right.",
    ),
    "checksum-other": (
        "hint",
        "「{key}」は sha256 でないか複数ファイルに対するものなので、比べていません。",
        "“{key}” is no sha256, or is that of several files; it was not compared.",
    ),
    "size-differs": (
        "error",
        "記述ファイルには {declared} バイトとありますが、実際は {found} バイトです。どちらが正しいか確かめてください。",
        "It is stated to have {declared} bytes and has {found}. Find out which of the two is right.",
    ),
    # where the data lie
    "crs-unknown": (
        "warning",
        '座標系がファイルに書かれていないので、不明です。dataset.toml に crs = "EPSG:6673" のように書いてください。',
        'The file does not state its coordinate system, so it is unknown. State it in dataset.toml, like crs = "EPSG:6673".',
    ),
    "crs-unrecognised": (
        "warning",
        "座標系「{name}」の EPSG コードが分からないので、緯度・経度の範囲を計算していません。dataset.toml の crs で EPSG コードを示してください。",
        "The EPSG code of the system “{name}” is not known, so no extent in degrees was computed. Give the code as crs in dataset.toml.",
    ),
    "crs-old-datum": (
        "warning",
        "旧日本測地系（{name}）の座標です。世界測地系とは約400m ずれます。JGD2011 に変換して公開することを検討してください。",
        "The coordinates are in the old Tokyo Datum ({name}), some 400 m off today's. Consider converting them to JGD2011.",
    ),
    "crs-mixed": (
        "warning",
        "複数の座標系が混ざっています（{names}）。利用者に分かるよう説明に書くか、分けて公開してください。",
        "Several coordinate systems are mixed ({names}). Say so in the description, or publish them apart.",
    ),
    "crs-differs": (
        "warning",
        "dataset.toml では {stated} ですが、ファイルには {found} とあります。ファイルの方を採りました。どちらが正しいか確かめてください。",
        "dataset.toml says {stated}, the file {found}; the file was believed. Find out which is right.",
    ),
    "crs-not-wgs84": (
        "warning",
        "GeoJSON の座標は WGS84（EPSG:4326）と決まっています（RFC 7946）が、crs に {name} とあります。WGS84 に変換してください。",
        "GeoJSON is always in WGS84 (RFC 7946), but a member crs says {name}. Convert it to WGS84.",
    ),
    "outside-degrees": (
        "error",
        "緯度・経度としてありえない座標があります（{x}, {y}）。平面直角座標などのままなら、経度・緯度に変換してください。",
        "There are coordinates that are no longitude and latitude ({x}, {y}). Convert plane coordinates to degrees.",
    ),
    "swapped": (
        "error",
        "緯度と経度が逆とみられます（例 {x}, {y}）。経度, 緯度の順に書き出し直してください。",
        "Latitude and longitude seem exchanged (as in {x}, {y}). Export them as longitude, latitude.",
    ),
    "axes-exchanged": (
        "warning",
        "X と Y を入れ替えると日本の範囲に入るので、軸が逆とみられます。X を東、Y を北にして書き出し直すか、説明に書いてください。",
        "With X and Y exchanged the data lie in Japan, so the axes seem turned. Export X as east and Y as north, or say so in the description.",
    ),
    "axes-assumed": (
        "hint",
        "1列目を東（経度）、2列目を北（緯度）の方向と推定して範囲を出しました。",
        "The extent assumes that the first column points east and the second north.",
    ),
    "outside-japan": (
        "warning",
        "範囲が日本の外です（経度 {west}〜{east}、緯度 {south}〜{north}）。座標系の指定が正しいか確かめてください。",
        "The extent lies outside Japan (longitude {west} to {east}, latitude {south} to {north}). See whether the coordinate system is right.",
    ),
    "outside-municipality": (
        "warning",
        "範囲が {area} から離れています（経度 {west}〜{east}、緯度 {south}〜{north}）。座標系の番号とファイルを確かめてください。",
        "The extent is away from {area} (longitude {west} to {east}, latitude {south} to {north}). See whether zone and file are right.",
    ),
    "no-points": (
        "warning",
        "点が1つもありません。正しいファイルか確かめてください。",
        "It has no points at all. See whether it is the right file.",
    ),
    "bounds-impossible": (
        "error",
        "座標の範囲が成り立ちません（最小が最大より大きい、または数でない）。書き出し直してください。",
        "The stated bounds are impossible (minimum above maximum, or no numbers). Export it again.",
    ),
    # archives
    "zip-encrypted": (
        "error",
        "パスワードで暗号化されています。だれでも使えるよう、暗号化せずに作り直してください。",
        "It is encrypted. Make it again without a password so that everybody can use it.",
    ),
    "zip-path": (
        "error",
        "展開先の外を指す名前、または別の場所へのリンクです。フォルダーの中だけを圧縮し直してください。",
        "Its name or link leads out of the folder it is unpacked into. Compress again what is inside the folder only.",
    ),
    "zip-crc": (
        "error",
        "圧縮された中身が壊れています（{detail}）。圧縮し直してください。",
        "The compressed contents are damaged ({detail_en}). Compress it again.",
    ),
    "zip-method": (
        "warning",
        "特殊な圧縮方式（{method}）なので中身を確認していません。ふつうの方式（Deflate）で圧縮し直してください。",
        "Its compression method ({method}) is uncommon, so it was not checked. Compress it with Deflate.",
    ),
    "zip-bomb": (
        "error",
        "展開すると {unpacked} バイトになり、圧縮率が異常です（圧縮爆弾の形）。中身を確認していません。分けて圧縮し直してください。",
        "It would unpack to {unpacked} bytes, an abnormal ratio (like a zip bomb). Not checked. Compress it in parts.",
    ),
    "zip-overlap": (
        "error",
        "別々のファイルが同じ場所を指しています（圧縮爆弾の形）。圧縮し直してください。",
        "Several entries share the same bytes (like a zip bomb). Compress it again.",
    ),
    "zip-many": (
        "error",
        "中のファイルが多すぎて（{count} 件）確認できません。分けて圧縮し直してください。",
        "It has too many entries to check ({count}). Compress it in parts.",
    ),
    "zip-nothing": (
        "error",
        "zip の中にファイルがありません。作り直してください。",
        "There is no file in the zip. Make it again.",
    ),
    "zip-empty-entry": (
        "warning",
        "中のファイルが空です（0バイト）。必要な物か確かめてください。",
        "The file inside is empty (0 bytes). See whether it is needed.",
    ),
    "zip-duplicate": (
        "error",
        "同じ名前のファイルが2つ以上あります。展開すると片方が失われます。名前を分けて圧縮し直してください。",
        "There are several files of this name; unpacking loses all but one. Rename them and compress again.",
    ),
    "zip-names-cp932": (
        "warning",
        "ファイル名が CP932（Windows の日本語）で書かれ、ほかの環境で文字化けします（例 {example}）。UTF-8 の名前で圧縮し直すか、英数字の名前にしてください。",
        "File names are in CP932 and come out garbled elsewhere (such as {example}). Compress again with UTF-8 names, or use ASCII.",
    ),
    "zip-names-unmarked": (
        "warning",
        "ファイル名の文字コードの印がなく、環境によって文字化けします（例 {example}）。UTF-8 の名前で圧縮し直すか、英数字の名前にしてください。",
        "The encoding of file names is not marked and they may come out garbled (such as {example}). Compress again with UTF-8 names, or use ASCII.",
    ),
    "zip-nested": (
        "warning",
        "圧縮ファイルの中の圧縮ファイルです。その中身は確認していません。",
        "It is an archive inside an archive. Its contents were not checked.",
    ),
    "zip-table": (
        "warning",
        "圧縮ファイルの中の表です。個人情報や値の誤りは確認していません。取り出して odtool validate で確認してください。",
        "It is a table inside an archive. Personal data and values were not checked: take it out and use odtool validate.",
    ),
    "zip-unread": (
        "hint",
        "壊れていないことだけを確かめました。{count} 件は、中身の形式を確認していません（例 {example}）。",
        "Only seen to be undamaged: the contents of {count} entries were not checked (such as {example}).",
    ),
    "gzip-unread": (
        "hint",
        "最後まで展開できることだけを確かめました。展開した中身は確認していません。",
        "Only seen to unpack to its end; what it holds was not checked.",
    ),
    "shape-part-missing": (
        "error",
        "シェープファイルの {part} がありません。.shp・.shx・.dbf をそろえて圧縮し直してください。",
        "The shapefile's {part} is missing. Compress .shp, .shx and .dbf together.",
    ),
    "shape-encoding": (
        "hint",
        "属性の文字コードを示す .cpg がありません。UTF-8 なら「UTF-8」とだけ書いた .cpg を加えてください。",
        "No .cpg states the encoding of the attributes. Add one; for UTF-8 it holds just “UTF-8”.",
    ),
    "gtfs-missing": (
        "error",
        "GTFS に必須の {part} がありません。書き出し直してください。",
        "GTFS requires {part}, which is missing. Export it again.",
    ),
    "gtfs-feed-info": (
        "warning",
        "feed_info.txt がありません。標準的なバス情報フォーマット（GTFS-JP）では必須です。",
        "There is no feed_info.txt; the Japanese profile (GTFS-JP) requires it.",
    ),
    "gtfs-dates": (
        "warning",
        "feed_info.txt の期間（{start}〜{end}）が読めないか、終わりが始まりより前です。YYYYMMDD で書いてください。",
        "The dates in feed_info.txt ({start} to {end}) cannot be read or end before they begin. Write YYYYMMDD.",
    ),
    "gtfs-folder": (
        "error",
        "GTFS のファイルがフォルダーの中にあります。zip の一番上に置いて圧縮し直してください。",
        "The GTFS files lie in a folder. They must be at the top of the zip: compress it again.",
    ),
    "gtfs-validator": (
        "hint",
        "ファイルの有無と期間だけを見ました。時刻表の中身は GTFS の検証ツール（https://gtfs-validator.mobilitydata.org/）で確かめてください。",
        "Only files and dates were looked at. Check the timetable itself with https://gtfs-validator.mobilitydata.org/.",
    ),
    "gpkg-open": (
        "error",
        "まだ書き込まれていない変更が隣の {name} に残っています。GIS ソフトで閉じてから、もう一度実行してください。",
        "Changes not yet in the file are left in {name}. Close it in the GIS program and run again.",
    ),
    # text, JSON, XML
    "not-utf8": (
        "error",
        "UTF-8 でない文字があります（{offset} バイト目）。UTF-8 で保存し直してください。",
        "There is a byte that is not UTF-8 (at {offset}). Save it as UTF-8.",
    ),
    "bom": (
        "warning",
        "先頭に BOM があります。JSON では使えないので、BOM なしの UTF-8 で保存し直してください（RFC 8259）。",
        "It begins with a byte order mark, which JSON does not allow (RFC 8259). Save it without.",
    ),
    "no-features": (
        "warning",
        "地物（図形）が1つもありません。正しいファイルか確かめてください。",
        "It has no features at all. See whether it is the right file.",
    ),
    "not-geojson": (
        "error",
        "JSON としては読めますが、GeoJSON の type（FeatureCollection など）がありません。書き出し直してください。",
        "It is JSON, but has no type of GeoJSON such as FeatureCollection. Export it again.",
    ),
    "xml-entities": (
        "error",
        "実体宣言（ENTITY）があります。外部の読み込みや膨張に悪用されるため、使わずに書き出し直してください。",
        "It declares entities, which can be abused. Export it without.",
    ),
    "grid-rows": (
        "error",
        "行数が見出しと違います（見出しでは {declared} 行、実際は {found} 行）。元から書き出し直してください。",
        "The number of rows differs from the header ({declared} stated, {found} found). Export it again.",
    ),
    "grid-columns": (
        "error",
        "{row} 行目の値の数が見出しと違います（見出しでは {declared} 個、実際は {found} 個）。元から書き出し直してください。",
        "Line {row} has {found} values where the header says {declared}. Export it again.",
    ),
    "grid-line": (
        "warning",
        "{row} 行目が座標として読めません（{value}）。",
        "Line {row} cannot be read as coordinates ({value}).",
    ),
    # documents and images
    "pdf-encrypted": (
        "warning",
        "PDF に暗号化や制限がかかっています。読み上げや再利用の妨げになるので、制限を外して保存し直してください。",
        "The PDF is encrypted or restricted, which hinders reuse and screen readers. Save it without restrictions.",
    ),
    "pdf-active": (
        "warning",
        "PDF に {what} が入っています。除いて保存し直してください。",
        "The PDF contains {what_en}. Save it without.",
    ),
    "personal-author": (
        "warning",
        "ファイルの情報に作成者「{value}」が残っています。個人の名前なら、消して保存し直してください。",
        "The file's properties name the author “{value}”. If that is a person, remove it and save again.",
    ),
    "personal-position": (
        "warning",
        "画像に撮影場所（GPS）が記録されています。公開してよい場所か確かめ、不要なら消してください。",
        "The picture records where it was taken (GPS). See whether that may be public, or remove it.",
    ),
    "personal-camera": (
        "warning",
        "画像に{what}が記録されています。個人や機器が特定されるなら、消してください。",
        "The picture records {what_en}. Remove it if it tells of a person or a device.",
    ),
    "personal-attribute": (
        "error",
        "属性「{key}」に、{what}とみられる値が{count}件あります（値は表示しません）。公開してよいか確かめ、除いて書き出し直してください。",
        "The attribute “{key}” has {count} values that look like {what_en} (not shown). Remove them and export again.",
    ),
    "attributes-seen": (
        "hint",
        "属性からは、携帯電話の番号、個人用のメールアドレス、個人の氏名の列だけを探しました。ほかの個人情報がないかは人が確かめてください。",
        "In the attributes only mobile numbers, private mail addresses and columns of persons' names were looked for.",
    ),
    # descriptors
    "descriptor-key": (
        "error",
        "「{key}」という項目はありません。{near}",
        "There is no key “{key}”. {near_en}",
    ),
    "descriptor-missing": (
        "error",
        "「{key}」がありません。{what}を書いてください。",
        "“{key}” is missing. Write {what_en}.",
    ),
    "descriptor-type": (
        "error",
        "「{key}」は{what}で書いてください。",
        "“{key}” must be {what_en}.",
    ),
    "descriptor-value": (
        "error",
        "「{key}」の値「{value}」は使えません。{what}",
        "“{key}” cannot be “{value}”. {what_en}",
    ),
    "descriptor-path": (
        "error",
        "「{key}」の「{value}」は、このフォルダーの外を指しています。フォルダーの中のファイルを指定してください。",
        "“{key}”: “{value}” leads out of this folder. Name files inside it.",
    ),
    "descriptor-no-file": (
        "error",
        "「{key}」の「{value}」に当てはまるファイルがありません。名前と場所を確かめてください。",
        "“{key}”: nothing matches “{value}”. See whether name and place are right.",
    ),
    "descriptor-remote": (
        "error",
        "「{key}」はフォルダーの中のファイルではないので、公開できません。ファイルとして置いてください。",
        "“{key}” is not a file in this folder and cannot be published. Put it there as a file.",
    ),
    "licence-default": (
        "hint",
        "「licence」がないので、ポータルの設定のライセンスで公開します。",
        "There is no “licence”: the one of the portal's settings will be used.",
    ),
    "left-out": (
        "hint",
        "どの files にも当てはまらないので、公開しません（{count} 件、例 {example}）。",
        "Matched by no entry of files, so not published ({count}, such as {example}).",
    ),
    "no-files": (
        "error",
        "公開するファイルが1つもありません。files を確かめてください。",
        "There is no file to publish. Look at files.",
    ),
    "same-contents": (
        "warning",
        "{other} と中身が同じです。どちらか一方だけでよいか確かめてください。",
        "It has the same contents as {other}. See whether one of them is enough.",
    ),
}
