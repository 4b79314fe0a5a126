"""Rules: what an article says of agreements, as data that analysts can read and add to."""

from monitor.classify.rules.load import RuleBook, load_rules
from monitor.classify.rules.match import Hit, Matcher
from monitor.classify.rules.model import Modality, Role, Rule, Sets

__all__ = ["Hit", "Matcher", "Modality", "Role", "Rule", "RuleBook", "Sets", "load_rules"]
