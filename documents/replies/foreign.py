"""What servers say in other languages than English, by their key words. Edit here, as in `words`.

Only what is said often: nobody there, full, closed, too large, not this file, refused. The rules see the
text that those of `words` see: in lower case and without accents, whether they are written here or not.
Within a row: German, French, Spanish, Italian, Portuguese, Polish, Czech, Dutch, the Nordic languages,
Russian, Chinese, Japanese.
"""

from documents.causes import Cause
from documents.replies.patterns import rules

C = Cause

PARTS = {
    # Between a noun and what is wrong with it: the end of the noun, and some words.
    "gap": r"\w*(?:\W{1,3}\w+){0,4}?\W{1,3}",
    "box": r"\b(?:mailbox|postfach|konto|benutzer|empf.{1,2}nger|adress|boite|compte|destinata|utilisateur"
    r"|buzon|casilla|cuenta|usuario|direccion|correo|casella|utente|indirizzo|caixa|conta\b|endereco"
    r"|skrzynk|uzytkownik|odbiorc|schrank|uzivatel|postvak|gebruiker|ontvanger|account|brevlad|inkorg"
    r"|mottagar|anvandar|postkass|postboks|modtager|bruger|mottaker|postilaatik|vastaanottaja|osoite"
    r"|kayttaja|tili\b|ящик|аккаунт|пользовател|учетн|получател)",
    "full": r"(?:voll\b|pleine?\b|satur|llen[oa]\b|pien[oa]\b|chei[oa]\b|pelna|przepelnion|vol\b|full\b"
    r"|taynna|переполнен)",
    "shut": r"(?:gesperrt|stillgelegt|geschlossen|inaktiv|suspendu|ferme\b|inactif|bloquee?\b|suspendid"
    r"|bloquead|inactiv[oa]\b|inativ|cancelad|disabilitat|sospes|disattivat|bloccat|zablokowan|nieaktywn"
    r"|wylaczon|zawieszon|geblokkeerd|uitgeschakeld|opgeheven|sparra|stangd|lukittu|заблокирован|отключ"
    r"|приостановлен|неактив|закрыт|удален)",
    "bad": r"(?:ungue?ltig|inconnue?\b|invalid[eoa]\b|no (?:es )?valid|no (?:fue )?encontrad"
    r"|nao encontrad|non (?:e )?valid|errat[oa]\b|non (?:e stat[oa] )?trovat)",
    "nowhere": r"(?:nicht gefunden|unbekannt|existiert nicht|introuvable|inconnu|n'existe|no existe"
    r"|non esiste|nao existe|nie istnieje|bestaat niet|finns inte|ei ole|не существует|не найден)",
    "file": r"\b(?:anhang|dateianhang|dateityp|piece jointe|fichier|adjunto|anexo|allegat|bijlage|bilag"
    r"|bifogad|zalacznik|liite|вложени)",
    "barred": r"(?:nicht (?:erlaubt|zugelassen|gestattet)|unzulassig|verboten|abgelehnt|refuse|interdit"
    r"|non autoris|no (?:es )?permitid|nao permitid|prohibid|proibid|rechazad|non (?:e )?(?:consentit|ammess)"
    r"|vietat|niet toegestaan|geweigerd|inte till|ikke till|ei sallit|kielletty|niedozwolon|odrzucon"
    r"|запрещ|не разреш)",
    "machine": r"\b(?:ip\b|ip-?adress|server|serveur|servidor|rechner|сервер)",
    "blocked": r"(?:gesperrt|geblockt|blockiert|abgelehnt|bloque|bloccat|zablokowan|geblokkeerd|blockera"
    r"|estetty|заблокирован)",
}

FOREIGN = rules(
    [
        (C.POLICY, r"opravneni | дозволу"),  # Google: no leave to write to that group
        (
            C.TOO_LARGE,
            r"""
            zu gross | (?:nachricht|mail|anhang|datei)\w* (?:\w+ ){0,3}ue?berschreitet
            trop (?:gros|volumineu|grand|lourd) | demasiado grande | muito grande | troppo (?:grande|pesant)
            (?:excede|supera) (?:\w+ ){0,3}(?:tamano|dimensione|tamanho) | za duz | te groot | for stor
            liian (?:suuri|iso) | слишком большо | превыш\w+ (?:\w+ ){0,3}размер\w* (?:сообщ|письм)
            (?:邮件|附件).{0,6}(?:过大|太大|超过) | 大きすぎ
            """,
        ),
        (
            C.MAILBOX_FULL,
            r"""
            {box}{gap}{full} | ue?berfue?llt | ue?berschritten | (?:speicher|postfach){gap}(?:er|aus)schopft
            espace (?:\w+ ){0,2}insuffisant | sin espacio | spazio (?:\w+ ){0,2}(?:esaurito|insufficiente)
            przekroczon | нет места | превышен\w* (?:\w+ ){0,2}(?:квот|лимит|размер)
            已满 | 已滿 | 容量 | 空间不足 | 空間不足 | 満杯 | いっぱい
            """,
        ),
        (
            C.OUR_REPUTATION,
            r"""
            {machine}{gap}{blocked} | sperrliste | schwarzen? liste | liste noire | lista n(?:era|egra)
            czarn\w+ lis[tc] | zwarte lijst | svartlist | sparrlist | estolista | mustalla listalla
            черн\w+ спис | 黑名单 | 黑名單
            """,
        ),
        (
            C.DOMAIN_UNKNOWN,
            r"""
            \b(?:dom[aei]+n|verkkotunnus|домен)\w* (?:[\w.-]+ ){0,3}{nowhere} | 域名不存在
            """,
        ),
        (
            C.SUSPENDED,
            r"""
            {box}{gap}{shut} | deaktiviert | desactive | deshabilitad | desativad | gedeactiveerd
            avstangd | inaktiverad | suljettu | poistettu kaytosta
            停用 | 禁用 | 冻结 | 凍結 | 已注销 | 被锁定
            """,
        ),
        (
            C.ADDRESS_UNKNOWN,
            r"""
            {box}{gap}{bad} | (?:nicht|un)\s?bekannt | existiert nicht | nicht (?:gefunden|vorhanden)
            nicht mehr (?:gue?ltig|vorhanden|bekannt|aktuell) | kein(?:e|en)? (?:solche[rs]?|gue?ltige[rs]?)
            ungue?ltige?r? (?:empf|adress|e-?mail) | n'existe (?:pas|plus) | introuvable | inexistante?
            pas (?:ete )?trouve | aucune? (?:compte|boite|destinataire) | no existe | no se encontr
            desconocid[oa] | inexistente | non esiste | inesistente | sconosciut[oa] | nao existe
            nie istnieje | nieznan[yae] | brak taki | nie ma taki | nie znaleziono | niepoprawny adres
            neexistuje | neznam[ay] | bestaat niet | onbekend | niet gevonden | ongeldige? (?:adres|ontvanger)
            finns inte | okand | hittades inte | existerar inte | ogiltig (?:adress|mottagar) | findes ikke
            finnes ikke | eksisterer ikke | ukendt | ukjent | ugyldig (?:adresse|mottaker|modtager)
            tuntematon | ei ole olemassa | ei loydy | osoitetta ei | virheellinen (?:osoite|vastaanottaja)
            не существует | не найден | неизвестн | нет такого | несуществующ | не зарегистрирован
            不存在 | 无此 | 查无此 | 找不到 | 宛先不明 | 存在しない | 存在しません | 見つかりません
            """,
        ),
        (C.ATTACHMENT_REFUSED, r"{file}{gap}{barred} | 附件.{0,6}(?:不允许|禁止|被拒)"),
        (
            C.POLICY,
            r"""
            abgelehnt | verweigert | indesirable | rechazad | correo no deseado | rifiutat | recusad
            odrzucon | odmitnut | geweigerd | nekad | avvisad | avvist | hylatty | roskaposti
            отклонен | спам | 垃圾 | 拒绝 | 拒絕 | 迷惑
            """,
        ),
    ],
    PARTS,
)
