"""The machine-readable mark that says a picture was made by an algorithm (IPTC, in XMP)."""

from __future__ import annotations

from PIL.PngImagePlugin import PngInfo

SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" '
    'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    f'Iptc4xmpExt:DigitalSourceType="{SOURCE}" xmp:CreatorTool="Polikrami Cover"/>'
    "</rdf:RDF></x:xmpmeta>"
    '<?xpacket end="w"?>'
)


def declared() -> PngInfo:
    """The mark as a PNG text chunk, where readers of XMP look for it."""
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", XMP)
    return info
