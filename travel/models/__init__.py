from travel.models.checklist import ChecklistItem, ChecklistStep, EntryRule, Guidance
from travel.models.passport import FeasibleCities, PassportCase, TravelAnswers
from travel.models.placement import HostInstitution, Placement, PlacementRun, Trip
from travel.models.reflection import Reflection, ReflectionInvitation, ReflectionPrompt

__all__ = [
    "ChecklistItem",
    "ChecklistStep",
    "EntryRule",
    "FeasibleCities",
    "Guidance",
    "HostInstitution",
    "PassportCase",
    "Placement",
    "PlacementRun",
    "Reflection",
    "ReflectionInvitation",
    "ReflectionPrompt",
    "TravelAnswers",
    "Trip",
]
