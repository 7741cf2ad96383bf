"""The demo's two companies and their month: story.py is what happens, paper.py the PDFs."""
