"""The tables of travel, from partner cities to reflections."""

from travel.models.abroad import AbroadLink
from travel.models.alumni import AlumniAsk, AlumniConsent
from travel.models.break_glass import BreakGlass
from travel.models.calendar import CalendarFeed
from travel.models.care import HealthRule, InsurancePolicy
from travel.models.certificate import BadgeKey, Certificate
from travel.models.check_in import CheckIn, CheckInPerson, CheckInStep
from travel.models.checklist import ChecklistItem, ChecklistStep, EntryRule, Guidance, StandardStep
from travel.models.city_picture import CityPicture, CityPictureWidth
from travel.models.clearance import Clearance
from travel.models.earlier import EarlierCount, EarlierImport, EarlierTraveler
from travel.models.emergency import CardPurpose, EmergencyContact, Relation, Spoken
from travel.models.entry import EntryPermission, VisaDay, VisaDayPerson
from travel.models.family import FamilyLink
from travel.models.follow_up import (
    FollowUpConsent,
    FollowUpImport,
    FollowUpKey,
    FollowUpRecord,
    SelfReport,
)
from travel.models.guide import GuideTip
from travel.models.hosting import BudgetLine, HostLink, TripDay
from travel.models.incident import Incident, IncidentEntry, IncidentExport, IncidentHandler
from travel.models.itinerary import ItinerarySegment
from travel.models.money import MoneyPromise, MoneyRule, Payment, PaymentLine, Receipt
from travel.models.needs import Access, Allergen, ByName, Diet, NeedsPart, PracticalNeeds, Severity
from travel.models.now_summary import NowSummary
from travel.models.orientation import Attendance, OrientationSession
from travel.models.other_city import OtherCity, OtherCityFigure
from travel.models.packing import PackingItem, PackingMark, PackingWeather, StandardPackingItem
from travel.models.partner import Agreement, AgreementFile, CityStanding, Contact, Contribution, Sponsor
from travel.models.passport import FeasibleCities, PassportCase, TravelAnswers
from travel.models.passport_day import AcceptanceFacility, PassportBooking, PassportDay, PassportSlot
from travel.models.photo import Photo
from travel.models.placement import HostInstitution, Placement, Trip
from travel.models.placement_run import PlacementInputs, PlacementRun, Unplaced
from travel.models.project import FollowOnProject
from travel.models.reachability import Reachability
from travel.models.reflection import (
    Reflection,
    ReflectionConsent,
    ReflectionField,
    ReflectionInvitation,
    ReflectionPrompt,
    StandardPrompt,
)
from travel.models.rooms import Room, RoomPlan, RoomSeat, RoomWish
from travel.models.roster import LeaderLink, RollCall, RollCallTap
from travel.models.shipped_row import ShippedRow
from travel.models.signing import AgeAnswer, FormText, GuardianCall, SignedForm, SigningLink
from travel.models.staff_call import PassportCall
from travel.models.step_file import StepFile
from travel.models.story import Story, StoryText, StoryUse
from travel.models.survey import StandardSurveyItem, SurveyAnswer, SurveyItem, SurveyResponse
from travel.models.ticket import DocumentNumber, NumberNeed, NumberPurpose, TicketName
from travel.models.ticketing import TicketingDetails, TicketingExport
from travel.models.trip_card import HelpNumber, LocalCard
from travel.models.trip_change import GoDecision, TripChange
from travel.models.trip_credit import TripCredit
from travel.models.trip_line import TripLine
from travel.models.voucher import FeeVoucher, LedgerIsKept, VoucherEntry

__all__ = [
    "OtherCity",
    "OtherCityFigure",
    "AbroadLink",
    "Access",
    "AlumniAsk",
    "AlumniConsent",
    "Allergen",
    "AgeAnswer",
    "Agreement",
    "AgreementFile",
    "Attendance",
    "BadgeKey",
    "BreakGlass",
    "BudgetLine",
    "ByName",
    "CardPurpose",
    "AcceptanceFacility",
    "CheckIn",
    "Incident",
    "IncidentEntry",
    "IncidentExport",
    "IncidentHandler",
    "CheckInPerson",
    "CheckInStep",
    "CalendarFeed",
    "Certificate",
    "ChecklistItem",
    "ChecklistStep",
    "CityStanding",
    "CityPicture",
    "CityPictureWidth",
    "Clearance",
    "Contact",
    "Contribution",
    "Diet",
    "DocumentNumber",
    "EarlierCount",
    "EarlierImport",
    "EarlierTraveler",
    "EmergencyContact",
    "EntryPermission",
    "EntryRule",
    "FamilyLink",
    "FollowOnProject",
    "FollowUpConsent",
    "FollowUpImport",
    "FollowUpKey",
    "FollowUpRecord",
    "FeasibleCities",
    "FeeVoucher",
    "FormText",
    "Guidance",
    "GoDecision",
    "GuideTip",
    "HelpNumber",
    "HealthRule",
    "HostInstitution",
    "InsurancePolicy",
    "HostLink",
    "ItinerarySegment",
    "LeaderLink",
    "LedgerIsKept",
    "OrientationSession",
    "RollCall",
    "RollCallTap",
    "PackingItem",
    "PackingMark",
    "PackingWeather",
    "PassportBooking",
    "PassportDay",
    "PassportSlot",
    "MoneyPromise",
    "MoneyRule",
    "NowSummary",
    "NeedsPart",
    "LocalCard",
    "NumberNeed",
    "NumberPurpose",
    "PassportCall",
    "PassportCase",
    "Placement",
    "PlacementInputs",
    "Photo",
    "PlacementRun",
    "Payment",
    "PaymentLine",
    "PracticalNeeds",
    "Reachability",
    "Receipt",
    "Reflection",
    "ReflectionConsent",
    "ReflectionField",
    "ReflectionInvitation",
    "ReflectionPrompt",
    "Relation",
    "Severity",
    "Spoken",
    "Room",
    "RoomPlan",
    "RoomSeat",
    "RoomWish",
    "SelfReport",
    "ShippedRow",
    "GuardianCall",
    "SignedForm",
    "SigningLink",
    "Sponsor",
    "StandardPackingItem",
    "StandardPrompt",
    "StandardSurveyItem",
    "SurveyAnswer",
    "SurveyItem",
    "SurveyResponse",
    "Story",
    "StoryText",
    "StoryUse",
    "StandardStep",
    "StepFile",
    "TicketName",
    "TicketingDetails",
    "TicketingExport",
    "TravelAnswers",
    "Trip",
    "TripChange",
    "TripCredit",
    "TripLine",
    "TripDay",
    "Unplaced",
    "VisaDay",
    "VisaDayPerson",
    "VoucherEntry",
]
