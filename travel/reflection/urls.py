"""URL patterns of reflections."""

from django.urls import path

from travel.reflection.views import answers, projects, stories

ANSWER = "reflections/<slug:code>/<slug:prompt>/"

urlpatterns = [
    path("reflections/", answers.reflection_list, name="reflection-list"),
    path(ANSWER, answers.reflection_write, name="reflection-write"),
    path(f"{ANSWER}save/", answers.reflection_save, name="reflection-save"),
    path(f"{ANSWER}share/", answers.reflection_share, name="reflection-share"),
    path(f"{ANSWER}photo/", answers.reflection_photo, name="reflection-photo"),
    path(f"{ANSWER}take-back/", answers.reflection_take_back, name="reflection-take-back"),
    path(f"{ANSWER}shortlist/", stories.story_add, name="story-add"),
    path("stories/", stories.story_list, name="story-list"),
    path("stories/<slug:code>/", stories.story_words, name="story-words"),
    path("stories/<slug:code>/act/", stories.story_act, name="story-act"),
    path("stories/<slug:code>/approve/", stories.story_approve, name="story-approve"),
    path("stories/<slug:code>/picture/", stories.story_picture, name="story-picture"),
    path("trip-photos/<slug:code>/", answers.photo_file, name="photo-file"),
    path("trip-photos/<slug:code>/remove/", answers.photo_remove, name="photo-remove"),
    path("projects/", projects.project_list, name="project-list"),
    path("projects/<slug:code>/", projects.project_detail, name="project-detail"),
    path("projects/<slug:code>/photo/", projects.project_photo, name="project-photo"),
]
