"""How people log in, as far as allauth leaves it to us."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        """Nobody signs up: accounts are made by support or by a company's managers."""
        return False
