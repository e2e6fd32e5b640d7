"""URL patterns of reflections."""

from django.urls import path

from travel.reflection.views import alumni, answers, certificates, projects, stories, survey

ANSWER = "reflections/<slug:code>/<slug:prompt>/"

urlpatterns = [
    path("reflections/", answers.reflection_list, name="reflection-list"),
    path(ANSWER, answers.reflection_write, name="reflection-write"),
    path(f"{ANSWER}save/", answers.reflection_save, name="reflection-save"),
    path(f"{ANSWER}share/", answers.reflection_share, name="reflection-share"),
    path(f"{ANSWER}photo/", answers.reflection_photo, name="reflection-photo"),
    path(f"{ANSWER}take-back/", answers.reflection_take_back, name="reflection-take-back"),
    path(f"{ANSWER}shortlist/", stories.story_add, name="story-add"),
    path("placements/<slug:code>/survey/", survey.survey, name="survey"),
    path("placements/<slug:code>/survey/save/", survey.survey_save, name="survey-save"),
    path("placements/<slug:code>/certificate/", certificates.certificate_page, name="certificate"),
    path("certificates/<slug:code>/", certificates.certificate_verify, name="certificate-verify"),
    path("certificates/<slug:code>/pdf/", certificates.certificate_pdf, name="certificate-pdf"),
    path("certificates/<slug:code>/badge/", certificates.certificate_badge, name="certificate-badge"),
    path("certificates/<slug:code>/revoke/", certificates.certificate_revoke, name="certificate-revoke"),
    path(".well-known/jwks.json", certificates.badge_keys, name="badge-keys"),
    path("badges/keys/<slug:kid>/", certificates.badge_key, name="badge-key"),
    path("badges/issuer/", certificates.badge_issuer, name="badge-issuer"),
    path("badges/achievements/<slug:code>/", certificates.badge_achievement, name="badge-achievement"),
    path("badges/revoked/", certificates.badge_revoked, name="badge-revoked"),
    path("stories/", stories.story_list, name="story-list"),
    path("stories/<slug:code>/", stories.story_words, name="story-words"),
    path("stories/<slug:code>/act/", stories.story_act, name="story-act"),
    path("stories/<slug:code>/approve/", stories.story_approve, name="story-approve"),
    path("stories/<slug:code>/picture/", stories.story_picture, name="story-picture"),
    path("trip-photos/<slug:code>/", answers.photo_file, name="photo-file"),
    path("trip-photos/<slug:code>/remove/", answers.photo_remove, name="photo-remove"),
    path("placements/<slug:code>/alumni/", alumni.alumni_own, name="alumni-own"),
    path("alumni/", alumni.alumni_list, name="alumni-list"),
    path("alumni/ask/", alumni.alumni_ask, name="alumni-ask"),
    path("alumni/asked/<slug:code>/take-back/", alumni.alumni_take_back, name="alumni-take-back"),
    path("alumni/link/<str:token>/", alumni.alumni_link, name="alumni-link"),
    path("projects/", projects.project_list, name="project-list"),
    path("projects/<slug:code>/", projects.project_detail, name="project-detail"),
    path("projects/<slug:code>/photo/", projects.project_photo, name="project-photo"),
]
