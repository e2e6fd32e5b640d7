from travel.models.checklist import ChecklistItem, ChecklistStep, EntryRule, Guidance, PassportCase
from travel.models.placement import HostInstitution, Placement, PlacementRun, Trip
from travel.models.reflection import Reflection, ReflectionInvitation, ReflectionPrompt

__all__ = [
    "ChecklistItem",
    "ChecklistStep",
    "EntryRule",
    "Guidance",
    "HostInstitution",
    "PassportCase",
    "Placement",
    "PlacementRun",
    "Reflection",
    "ReflectionInvitation",
    "ReflectionPrompt",
    "Trip",
]
