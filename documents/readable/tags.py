"""What each piece of text is, for people who have the page read aloud (ISO 32000-1, 14.7 and 14.8)."""

from typing import Any

from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFName, PDFObject, PDFPage

from documents.readable.page import Block

ROWS = ("TH", "TD")


class Node(PDFObject):  # type: ignore[misc]  # reportlab has no types
    """A node of the tree: with other nodes under it, or with marked pieces of a page."""

    def __init__(self, pdf: Any, kind: str, parent: str, page: int = 0) -> None:
        self.kind, self.parent, self.page = kind, parent, page
        self.inner: list[str] = []  # references to nodes, or numbers of pieces on the page
        self.reference = _reference(pdf, self)

    def child(self, pdf: Any, kind: str, page: int = 0) -> "Node":
        node = Node(pdf, kind, self.reference, page)
        self.inner.append(node.reference)
        return node

    def format(self, document: Any) -> bytes:
        page = f"/Pg {_numbered(document, _page_name(self.page))}" if self.page else ""
        return f"<</S/{self.kind}/P {self.parent}{page}/K[{' '.join(self.inner)}]>>".encode()


class Owners(PDFObject):  # type: ignore[misc]
    """For each page, the node of each of its pieces: the way back from the page to the tree."""

    def __init__(self) -> None:
        self.pages: list[list[str]] = []

    def format(self, document: Any) -> bytes:
        pages = (f"{number}[{' '.join(nodes)}]" for number, nodes in enumerate(self.pages))
        return f"<</Nums[{''.join(pages)}]>>".encode()


class Tags:
    """Grows the tree while the pages are drawn."""

    def __init__(self, pdf: Any) -> None:
        self.pdf = pdf
        self.owners = Owners()
        root = PDFDictionary({"Type": PDFName("StructTreeRoot"), "ParentTree": pdf.Reference(self.owners)})
        pdf.Catalog.StructTreeRoot = root
        pdf.Catalog.MarkInfo = PDFDictionary({"Marked": "true"})
        self.body = Node(pdf, "Document", _reference(pdf, root))
        root.dict["K"] = pdf.Reference(self.body)
        self.table: Node | None = None
        self.seen: set[int] = set()

    @property
    def page(self) -> int:
        """The number of the page that is being drawn, from 1."""
        return len(self.owners.pages)

    def begin_page(self) -> None:
        self.owners.pages.append([])

    def end_page(self) -> None:
        """Once a page is finished: tells it which list of owners is its own."""
        page = self.pdf.idToObject[_page_name(self.page)]
        page.__NoDefault__ = [*PDFPage.__NoDefault__, "StructParents"]
        page.StructParents = self.page - 1

    def pieces(self, block: Block) -> "Pieces | None":
        """The pieces of a block; None for what is only to be seen, such as a head that is repeated."""
        if not block.role or id(block) in self.seen:
            return None
        self.seen.add(id(block))
        if block.role not in ROWS:
            self.table = None
            return Pieces(self, block.role, self.body)
        if self.table is None or block.role == "TH":
            self.table = self.body.child(self.pdf, "Table")
        return Pieces(self, block.role, self.table.child(self.pdf, "TR"))


class Pieces:
    """The marked pieces of one block: texts of the same cell belong to the same node."""

    def __init__(self, tags: Tags, kind: str, parent: Node) -> None:
        self.tags, self.kind, self.parent = tags, kind, parent
        self.cells: dict[int, Node] = {}

    def begin(self, cell: int) -> str:
        """The operator before a piece of the cell."""
        if cell not in self.cells:
            self.cells[cell] = self.parent.child(self.tags.pdf, self.kind, self.tags.page)
        node, owners = self.cells[cell], self.tags.owners.pages[-1]
        number = len(owners)
        node.inner.append(str(number))
        owners.append(node.reference)
        return f"/{self.kind}<</MCID {number}>>BDC"


def _page_name(number: int) -> str:
    """As reportlab names a page."""
    return f"Page{number}"


def _reference(pdf: Any, thing: PDFObject) -> str:
    return _numbered(pdf, pdf.Reference(thing).name)


def _numbered(pdf: Any, name: str) -> str:
    number, version = pdf.idToObjectNumberAndVersion[name]
    return f"{number} {version} R"
