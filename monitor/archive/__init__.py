"""Archives: articles from files, and the whole job run over them without Kafka."""
